import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { generatedHeader } from "../emit/generated-header.ts";
import { isObject } from "../json.ts";
import type { JsonObject } from "../spec-types.ts";
import { applyOverlay } from "./apply-overlay.ts";
import { checkQuotes } from "./check-quotes.ts";
import { runRedocly } from "./run-redocly.ts";

const lintRules = fileURLToPath(new URL("../../../redocly.yaml", import.meta.url));

export interface BuiltSpec {
  document: JsonObject;
  /** The bytes of `spec/openapi.yaml`. */
  text: string;
  /** Fulfills when redocly reports no problem in the document; rejects with its messages otherwise. */
  linted: Promise<void>;
}

/**
 * Builds `spec/openapi.yaml` from the vendor's document and the overlay. Redocly applies the overlay; our implementation
 * checks that every action matches and that both results are equal.
 */
export async function buildSpec(vendorText: string, overlayText: string): Promise<BuiltSpec> {
  const vendor = parseObject(vendorText, "The vendor's document");
  const overlay = parseObject(overlayText, "spec/overlay.yaml");
  checkQuotes(vendor, overlay);
  const own = applyOverlay(vendor, overlay);

  const directory = await mkdtemp(join(tmpdir(), "retouch-spec-"));
  const removeDirectory = () => rm(directory, { recursive: true, force: true });
  try {
    await writeFile(join(directory, "vendor.yaml"), vendorText);
    await writeFile(join(directory, "overlay.yaml"), overlayText);
    await runRedocly(directory, "bundle", "vendor.yaml", "--overlay", "overlay.yaml", "-o", "openapi.yaml");
    const bundled = (await readFile(join(directory, "openapi.yaml"), "utf8")).replaceAll("\r\n", "\n");
    const document = parseObject(bundled, "Redocly's output");
    if (!isDeepStrictEqual(document, own)) {
      throw new Error(
        "Redocly and tools/src/overlay/apply-overlay.ts came to different documents. One of them reads the Overlay Specification wrongly: compare them.",
      );
    }
    const linted = runRedocly(directory, "lint", "openapi.yaml", "--config", lintRules)
      .then(() => {})
      .finally(removeDirectory);
    linted.catch(() => {}); // awaited by the caller, after the emitters
    const text = `${generatedHeader("generate.ts", "spec/vendor/images-edits.yaml and spec/overlay.yaml", "#")}${bundled}`;
    return { document, text, linted };
  } catch (error) {
    await removeDirectory();
    throw error;
  }
}

export function parseObject(text: string, what: string): JsonObject {
  let value: unknown;
  try {
    value = parse(text, { strict: true, uniqueKeys: true, maxAliasCount: 100 });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${what} is not YAML: ${reason.split("\n")[0]}`, { cause });
  }
  if (!isObject(value)) throw new Error(`${what} is not a YAML object. Check its first lines.`);
  return value;
}
