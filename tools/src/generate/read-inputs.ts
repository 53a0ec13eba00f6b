import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { listVendors, type Vendor } from "../vendors/list-vendors.ts";

/** The inputs of the generator. */
export interface SpecInputs {
  vendor: string;
  overlay: string;
  prices: string;
  servers: string;
  dialects: string;
  /** The vendors beside the default one. */
  others: OtherVendor[];
}

/** A vendor with the texts of its document and its overlay. */
export interface OtherVendor extends Vendor {
  text: string;
  overlayText: string;
}

/** Reads the inputs and normalizes line endings to `\n`. */
export async function readInputs(specDir: string): Promise<SpecInputs> {
  const read = async (name: string) => (await readFile(join(specDir, name), "utf8")).replaceAll("\r\n", "\n");
  const [vendor, overlay, prices, servers, dialects] = await Promise.all([
    read("vendor/images-edits.yaml"),
    read("overlay.yaml"),
    read("prices.yaml"),
    read("servers.yaml"),
    read("dialects.yaml"),
  ]);
  const others = (await listVendors(specDir, servers)).filter(({ isDefault }) => !isDefault);
  return {
    vendor,
    overlay,
    prices,
    servers,
    dialects,
    others: await Promise.all(
      others.map(async (one) => ({
        ...one,
        text: await read(one.document),
        overlayText: await read(one.overlay),
      })),
    ),
  };
}
