import { parseObject } from "../document/parse-object.ts";
import { isObject, objectAt, stringAt } from "../json.ts";
import type { Json } from "../spec-types.ts";
import { defaultVendorName, type Vendor, vendorSlug } from "../vendors/list-vendors.ts";

/** Stands in spec/servers.yaml for a URL that is not known. */
export const placeholderUrl = "DOCUMENT_URL_NOT_SET";

/** A vendor with the URL of its document, or the reason why it is skipped. */
export type WatchedVendor = { name: string; url: string } | { name: string; skipped: string };

/**
 * Lists the vendors of spec/servers.yaml that have a `document`, the default one first.
 *
 * @param followed The vendors that have a directory in spec/vendor.
 * @throws Error for a URL that is neither https nor on this machine, without naming another vendor's.
 */
export function watchedVendors(serversText: string, followed: readonly Vendor[]): WatchedVendor[] {
  const table = parseObject(serversText, "spec/servers.yaml");
  const rows = Object.entries(objectAt(table, "vendors")).filter(
    ([name, row]) => (isObject(row) && "document" in row) || followed.some((one) => one.name === name),
  );
  const others = rows.map(([name, row]) => {
    const watched = watch(name, row, `vendors.${name}.document`);
    if (followed.some((one) => one.name === name)) return watched;
    return { name, skipped: `spec/vendor/${vendorSlug(name)} does not exist, so nothing can be compared.` };
  });
  return [watch(defaultVendorName(serversText), table["default"], "default.document"), ...others];
}

function watch(name: string, row: Json | undefined, key: string): WatchedVendor {
  const url = readUrl(name, row);
  if (url !== placeholderUrl) return { name, url };
  return { name, skipped: `Its document's URL is ${placeholderUrl}. Set \`${key}\` in spec/servers.yaml.` };
}

function readUrl(name: string, row: Json | undefined): string {
  const document = stringAt(row, "document");
  if (document === placeholderUrl) return document;
  if (document === undefined || !isAllowed(URL.parse(document)))
    throw new Error(
      `\`document\` of ${name} in spec/servers.yaml is ${JSON.stringify(document)}. Give an https URL, or ${placeholderUrl}.`,
    );
  return document;
}

const loopback = new Set(["127.0.0.1", "[::1]", "localhost"]);
export const isThisMachine = (hostname: string): boolean => loopback.has(hostname);

/** Returns whether a document may be fetched from a URL: by https, or by http from this machine, without credentials. */
export function isAllowed(url: URL | null): boolean {
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isThisMachine(url.hostname));
}
