import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The inputs of the generator. */
export interface SpecInputs {
  vendor: string;
  overlay: string;
  prices: string;
  servers: string;
  dialects: string;
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
  return { vendor, overlay, prices, servers, dialects };
}
