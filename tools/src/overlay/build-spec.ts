import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parseObject } from "../document/parse-object.ts";
import { type PreparedVendor, prepareVendor } from "../document/prepare-vendor.ts";
import { generatedHeader } from "../emit/generated-header.ts";
import type { JsonObject } from "../spec-types.ts";
import { applyOverlay, type OverlayError } from "./apply-overlay.ts";
import { sha256 } from "./check-vendor-hash.ts";
import { lintSpec } from "./lint-spec.ts";
import { dropReplaced, ownSchemas, pathOf } from "./read-overlay.ts";
import { runRedocly } from "./run-redocly.ts";

/** The overlay applied to the vendor's document by our implementation. */
export interface AppliedOverlay {
  document: JsonObject;
  /** The vendor's document as it was parsed. */
  raw: JsonObject;
  vendor: PreparedVendor;
  /** The document that the overlay was applied to, as JSON. */
  preparedText: string;
  overlay: JsonObject;
}

export interface BuiltSpec extends AppliedOverlay {
  /** The bytes of `spec/openapi.yaml`. */
  text: string;
  /** Fulfills when redocly reports no problem in the document; rejects with its messages otherwise. */
  linted: Promise<void>;
}

/** Builds `spec/openapi.yaml` from the vendor's document and the overlay. */
export async function buildSpec(vendorText: string, overlayText: string): Promise<BuiltSpec> {
  const overlay = parseObject(overlayText, "spec/overlay.yaml");
  return bundleSpec(applyToVendor(parseObject(vendorText, "The vendor's document"), overlay));
}

/**
 * Prepares the vendor's document and applies the overlay to it.
 *
 * @param onMisfit Receives each action that does not match; such an action is skipped. Without it, the first one is thrown.
 */
export function applyToVendor(
  raw: JsonObject,
  overlay: JsonObject,
  onMisfit?: (error: OverlayError) => void,
): AppliedOverlay {
  const vendor = prepareVendor(raw, pathOf(overlay), ownSchemas(overlay));
  const preparedText = JSON.stringify(dropReplaced(vendor.document, overlay));
  // Parsed again, so that no two places share what an alias gave them.
  const prepared = JSON.parse(preparedText) as JsonObject;
  return { document: applyOverlay(prepared, overlay, onMisfit), raw, vendor, preparedText, overlay };
}

/** Redocly's results by what it was given: a process that builds a spec again and again, as the tests do, asks once. */
const results = new Map<string, Promise<Pick<BuiltSpec, "text" | "linted">>>();

/** Applies the overlay with redocly too, checks that both results are equal, and starts redocly's lint. */
export async function bundleSpec(applied: AppliedOverlay): Promise<BuiltSpec> {
  const key = sha256(JSON.stringify([applied.preparedText, applied.overlay, applied.vendor.path]));
  const result = results.get(key) ?? askRedocly(applied);
  results.set(key, result);
  return { ...applied, ...(await result) };
}

async function askRedocly(applied: AppliedOverlay): Promise<Pick<BuiltSpec, "text" | "linted">> {
  const directory = await mkdtemp(join(tmpdir(), "retouch-spec-"));
  const removeDirectory = () => rm(directory, { recursive: true, force: true });
  try {
    await writeFile(join(directory, "vendor.json"), applied.preparedText);
    await writeFile(join(directory, "overlay.json"), JSON.stringify(applied.overlay));
    await runRedocly(directory, "bundle", "vendor.json", "--overlay", "overlay.json", "-o", "openapi.yaml");
    const bundled = (await readFile(join(directory, "openapi.yaml"), "utf8")).replaceAll("\r\n", "\n");
    if (!isDeepStrictEqual(parseObject(bundled, "Redocly's output"), applied.document)) {
      throw new Error(
        "Redocly and tools/src/overlay/apply-overlay.ts came to different documents. One of them reads the Overlay Specification wrongly: compare them.",
      );
    }
    const linted = lintSpec(directory, applied.vendor.path).finally(removeDirectory);
    linted.catch(() => {}); // awaited by the caller, after the emitters
    const text = `${generatedHeader("generate.ts", "spec/vendor/images-edits.yaml and spec/overlay.yaml", "#")}${bundled}`;
    return { text, linted };
  } catch (error) {
    await removeDirectory();
    throw error;
  }
}
