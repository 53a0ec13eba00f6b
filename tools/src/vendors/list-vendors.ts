import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { parseObject } from "../document/parse-object.ts";
import { objectAt, stringAt } from "../json.ts";

/** A vendor whose document the packages follow, with the places of its files below the directory `spec`. */
export interface Vendor {
  /** Its name in spec/servers.yaml. */
  name: string;
  /** Its name in paths and branches. */
  slug: string;
  isDefault: boolean;
  /** The vendor's document, never edited. */
  document: string;
  overlay: string;
  /** The generated spec. */
  spec: string;
}

export const vendorSlug = (name: string): string => name.toLowerCase().replaceAll(/[^a-z\d]+/g, "-");

/**
 * Lists the vendors with a document: the default one of spec/servers.yaml, and one for each directory of spec/vendor.
 *
 * @throws Error for a directory that no vendor of spec/servers.yaml is named after.
 */
export async function listVendors(specDir: string, serversText: string): Promise<Vendor[]> {
  const table = parseObject(serversText, "spec/servers.yaml");
  const names = Object.keys(objectAt(table, "vendors"));
  const entries = await readdir(join(specDir, "vendor"), { withFileTypes: true });
  const slugs = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const others = slugs.map((slug): Vendor => {
    const name = names.find((one) => vendorSlug(one) === slug);
    if (name === undefined)
      throw new Error(
        `spec/vendor/${slug} is named after no vendor of spec/servers.yaml, which has ${names.join(", ")}. Rename it, or add the vendor.`,
      );
    const at = (file: string) => `vendor/${slug}/${file}`;
    return {
      name,
      slug,
      isDefault: false,
      document: at("images-edits.yaml"),
      overlay: at("overlay.yaml"),
      spec: at("openapi.yaml"),
    };
  });
  const name = stringAt(table, "default", "name") ?? "default";
  const first: Vendor = {
    name,
    slug: vendorSlug(name),
    isDefault: true,
    document: "vendor/images-edits.yaml",
    overlay: "overlay.yaml",
    spec: "openapi.yaml",
  };
  return [first, ...others];
}

/** Returns the name of the default vendor. */
export const defaultVendorName = (serversText: string): string =>
  stringAt(parseObject(serversText, "spec/servers.yaml"), "default", "name") ?? "default";

/**
 * Finds a vendor by its name, in any case; the default one without a name.
 *
 * @throws Error that lists the names.
 */
export function findVendor(vendors: readonly Vendor[], name: string | undefined): Vendor {
  const found =
    name === undefined
      ? vendors.find(({ isDefault }) => isDefault)
      : vendors.find(({ slug }) => slug === vendorSlug(name));
  if (found) return found;
  throw new UnknownVendorError(
    `No vendor is called ${name}: there are ${vendors.map((vendor) => vendor.name).join(", ")}. Another one needs a directory in spec/vendor.`,
  );
}

/** A vendor that has no document here. */
export class UnknownVendorError extends Error {
  override readonly name = "UnknownVendorError";
}
