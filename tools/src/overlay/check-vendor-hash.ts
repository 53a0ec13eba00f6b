import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Vendor } from "../vendors/list-vendors.ts";

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/**
 * Checks that a vendor's document was not edited by hand. A checkout with converted line endings passes.
 *
 * @throws Error when its bytes are not those of the recorded sha256.
 */
export async function checkVendorHash(
  specDir: string,
  { name, document, overlay, isDefault }: Vendor,
): Promise<void> {
  const file = join(specDir, document);
  const recorded = (await readFile(`${file}.sha256`, "utf8")).trim().split(/\s+/)[0];
  const bytes = await readFile(file);
  const seen = sha256(bytes);
  if (seen === recorded || sha256(bytes.toString("utf8").replaceAll("\r\n", "\n")) === recorded) return;
  throw new Error(
    `spec/${document} is not the vendor's document: its sha256 is ${seen}, recorded is ${recorded}. ` +
      `Corrections go into spec/${overlay}; a new document comes by \`pnpm spec:update ${isDefault ? "" : `${name} `}FILE\`.`,
  );
}
