import { parseObject } from "../document/parse-object.ts";
import { isObject, objectAt, stringAt } from "../json.ts";
import type { Json } from "../spec-types.ts";

/** Stands in spec/servers.yaml for a URL that is not known. */
export const placeholderUrl = "DOCUMENT_URL_NOT_SET";

/** A vendor with the URL of its document, or the reason why it is skipped. */
export type WatchedVendor = { name: string; url: string } | { name: string; skipped: string };

/**
 * Lists the vendors of spec/servers.yaml that have a `document`, the default one first.
 *
 * @throws Error for a URL that is neither https nor on this machine, without naming another vendor's.
 */
export function watchedVendors(serversText: string): WatchedVendor[] {
  const table = parseObject(serversText, "spec/servers.yaml");
  const defaultName = stringAt(table, "default", "name") ?? "default";
  const others = Object.entries(objectAt(table, "vendors"))
    .filter(([, row]) => isObject(row) && "document" in row)
    .map(([name, row]) => {
      readUrl(name, row);
      return { name, skipped: `\`pnpm spec:update\` only takes documents of ${defaultName}.` };
    });
  const url = readUrl(defaultName, table["default"]);
  const skipped = `Its document's URL is ${placeholderUrl}. Set \`default.document\` in spec/servers.yaml.`;
  return [url === placeholderUrl ? { name: defaultName, skipped } : { name: defaultName, url }, ...others];
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

/** Returns whether a document may be fetched from a URL: by https, or by http from this machine, without credentials. */
export function isAllowed(url: URL | null): boolean {
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && loopback.has(url.hostname));
}
