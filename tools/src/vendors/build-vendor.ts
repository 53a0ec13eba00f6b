import { dump } from "js-yaml";
import { parseObject } from "../document/parse-object.ts";
import { emitWholeTypes } from "../emit/emit-types.ts";
import { generatedHeader } from "../emit/generated-header.ts";
import type { OtherVendor } from "../generate/read-inputs.ts";
import { objectAt } from "../json.ts";
import { type AppliedOverlay, applyToVendor } from "../overlay/build-spec.ts";
import { findMisfits, refuseMisfits } from "../read/find-misfits.ts";
import { readSpec } from "../read/read-spec.ts";
import type { JsonObject, Spec } from "../spec-types.ts";
import { composeOverlay } from "./compose-overlay.ts";

/** The spec of a vendor beside the default one. */
export interface BuiltVendor {
  vendor: OtherVendor;
  applied: AppliedOverlay;
  spec: Spec;
}

/** Returns the overlay of a vendor with the families that the default vendor's overlay shares. */
export function overlayOf(vendor: OtherVendor, sharedText: string): JsonObject {
  const shared = parseObject(sharedText, defaultOverlay);
  return composeOverlay(shared, parseObject(vendor.overlayText, `spec/${vendor.overlay}`));
}

/**
 * Builds the spec of a vendor from its document, its overlay and the shared families. Nothing of the default vendor's
 * document takes part, and nothing of this is read for the default vendor.
 *
 * @throws Error for each place where the document and the overlay disagree.
 */
export function buildVendor(vendor: OtherVendor, sharedText: string): BuiltVendor {
  try {
    const raw = parseObject(vendor.text, `spec/${vendor.document}`);
    const applied = applyToVendor(raw, overlayOf(vendor, sharedText));
    const spec = readSpec(applied.document);
    refuseMisfits(findMisfits(applied, spec));
    return { vendor, applied, spec };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Error(`${vendor.name}: ${nameOverlay(error.message, `spec/${vendor.overlay}`)}`, {
      cause: error,
    });
  }
}

export const defaultOverlay = "spec/overlay.yaml";

/** Messages name the default vendor's overlay; corrections for another vendor go into its own. */
export const nameOverlay = (text: string, overlayFile: string): string =>
  text.replaceAll(defaultOverlay, overlayFile);

/** Renders the generated files of a vendor: its spec, and the types of its paths. */
export async function renderVendor({ vendor, applied }: BuiltVendor): Promise<{
  outputs: [path: string, text: string][];
  notes: string[];
}> {
  const sources = `spec/${vendor.document}, its overlay and the shared actions of spec/overlay.yaml`;
  const { types, notes } = await emitWholeTypes(applied.document, applied.raw, {
    source: sources,
    place: fromRoot,
  });
  const header = generatedHeader("vendors/build-vendor.ts", sources, "#");
  return {
    outputs: [
      [`spec/${vendor.spec}`, header + dump(applied.document, { lineWidth: 120, noRefs: true })],
      [`packages/client/src/generated/vendors/${vendor.slug}.gen.ts`, types],
    ],
    notes: notes.map((note) => `${vendor.name}: ${note}`),
  };
}

/** The client's base URL is a root without the version, so that its paths begin with what the server's URL ends with. */
function fromRoot(document: JsonObject): JsonObject {
  const [server] = Array.isArray(document["servers"]) ? document["servers"] : [];
  const url = objectAt(server)["url"];
  const root = typeof url === "string" ? (URL.parse(url)?.pathname ?? "").replace(/\/+$/, "") : "";
  const paths = Object.entries(objectAt(document, "paths"));
  return { ...document, paths: Object.fromEntries(paths.map(([path, item]) => [root + path, item])) };
}
