import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { endsEarly } from "../document/ends-early.ts";
import { parseObject } from "../document/parse-object.ts";
import { prepareVendor } from "../document/prepare-vendor.ts";
import type { OtherVendor, SpecInputs } from "../generate/read-inputs.ts";
import { type AppliedOverlay, applyToVendor } from "../overlay/build-spec.ts";
import { ownSchemas, pathOf } from "../overlay/read-overlay.ts";
import { findMisfits } from "../read/find-misfits.ts";
import { readSpec } from "../read/read-spec.ts";
import type { JsonObject, Misfit, Spec } from "../spec-types.ts";
import { defaultOverlay, nameOverlay, overlayOf } from "../vendors/build-vendor.ts";
import { type Acceptance, accept, readAcceptances, unusedAcceptances } from "./accept.ts";
import { compareVendors } from "./compare-vendors.ts";
import type { VendorDocument } from "./diff-documents.ts";
import { diffSpecs } from "./diff-spec.ts";
import { type Change, type Difference, type DifferenceLevel, highest } from "./difference.ts";
import { knownWordsOf, requestFacts } from "./request-facts.ts";

/** What a new document of the vendor changes, and what keeps it from being adopted. */
export interface Report {
  /** Every difference between the two documents. */
  differences: Difference[];
  /** What users of the packages notice. */
  changes: Change[];
  /** Where the new document and the overlay disagree. */
  misfits: Misfit[];
  /** The highest level of all of them. */
  level: DifferenceLevel;
  notes: string[];
  /** The file whose actions correct the vendor's document. */
  overlayFile: string;
}

export interface MadeReport extends Report {
  applied: AppliedOverlay;
  spec: Spec;
}

/** What a new document is compared with. */
export interface Current {
  vendor: JsonObject;
  overlay: JsonObject;
  overlayFile: string;
  /** The committed spec. */
  spec: Spec;
}

/** Reads the current document, the overlay and the committed spec: of the default vendor, or of another one. */
export async function readCurrent(root: string, inputs: SpecInputs, vendor?: OtherVendor): Promise<Current> {
  const path = `spec/${vendor?.spec ?? "openapi.yaml"}`;
  return {
    vendor: parseObject(vendor?.text ?? inputs.vendor, "The vendor's document"),
    overlay: vendor ? overlayOf(vendor, inputs.overlay) : parseObject(inputs.overlay, "spec/overlay.yaml"),
    overlayFile: `spec/${vendor?.overlay ?? "overlay.yaml"}`,
    spec: readSpec(parseObject(await readFile(join(root, path), "utf8"), path)),
  };
}

const what = "The vendor's new document";

/**
 * Compares a new document of the vendor with the current one and builds the spec from it.
 *
 * @throws Error when the document cannot be compared: it is broken, ends early, or has no such operation.
 */
export function makeReport(
  current: Current,
  vendorText: string,
  accepted: readonly Acceptance[],
): MadeReport {
  const { overlayFile } = current;
  try {
    const made = compare(current, vendorText, accepted);
    return {
      ...made,
      differences: made.differences.map((one) => ({ ...one, text: nameOverlay(one.text, overlayFile) })),
      misfits: made.misfits.map((one) => ({
        ...one,
        path: nameOverlay(one.path, overlayFile),
        text: nameOverlay(one.text, overlayFile),
      })),
      notes: made.notes.map((note) => nameOverlay(note, overlayFile)),
    };
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes(defaultOverlay)) throw error;
    throw new Error(nameOverlay(error.message, overlayFile), { cause: error });
  }
}

function compare(current: Current, vendorText: string, accepted: readonly Acceptance[]): MadeReport {
  const { overlay } = current;
  const expectedPath = pathOf(overlay);
  const oldRaw = current.vendor;
  const raw = parseObject(vendorText, what);
  if (endsEarly(oldRaw, raw, vendorText))
    throw new Error(
      `${what} ends early: it is the beginning of the current one, without ${missingOf(oldRaw, raw)}. Download it again.`,
    );
  const prepare = (document: JsonObject): VendorDocument => ({
    raw: document,
    prepared: prepareVendor(document, expectedPath, ownSchemas(overlay)),
  });
  const [before, after] = [prepare(oldRaw), prepare(raw)];
  const misfits: Misfit[] = [];
  const moved = after.prepared.path;
  if (moved !== expectedPath) misfits.push(movedMisfit(expectedPath, moved, JSON.stringify(overlay)));
  // With the moved path in its targets, the overlay shows what else does not fit.
  const followed =
    moved === expectedPath
      ? overlay
      : (JSON.parse(
          JSON.stringify(overlay).replaceAll(`$.paths['${expectedPath}']`, `$.paths['${moved}']`),
        ) as JsonObject);
  const applied = applyToVendor(raw, followed, (error) => {
    misfits.push({ path: "spec/overlay.yaml", text: error.message });
  });
  const spec = readSpec(applied.document);
  misfits.push(...findMisfits(applied, spec));
  const changes = diffSpecs(current.spec, spec);
  const known = knownWordsOf(spec);
  const facts = requestFacts(before, after, spec, changes, known);
  const acceptances = [...readAcceptances(overlay), ...accepted];
  const differences = accept(compareVendors(before, after, facts, known), acceptances);
  const unused = unusedAcceptances(differences, accepted);
  return {
    differences,
    changes,
    misfits,
    level: highest([...differences.map(({ level }) => level), ...changes.map(({ level }) => level)]),
    notes: [...spec.notes, ...unused.map((path) => `\`--accept ${path}\` matches no refused difference.`)],
    overlayFile: current.overlayFile,
    applied,
    spec,
  };
}

function missingOf(before: JsonObject, after: JsonObject): string {
  const missing = Object.keys(before).filter((key) => !(key in after));
  return missing.length === 0 ? "its end" : missing.map((key) => `\`${key}\``).join(", ");
}

function movedMisfit(expectedPath: string, path: string, overlayText: string): Misfit {
  const count = overlayText.split(`$.paths['${expectedPath}']`).length - 1;
  return {
    path: `$.paths['${path}']`,
    text:
      `The operation moved from ${expectedPath} to ${path}. Check that servers take it there, then replace ` +
      `\`$.paths['${expectedPath}']\` by \`$.paths['${path}']\` in ${count} places of spec/overlay.yaml.`,
  };
}

/** Returns whether nothing keeps the new document from being adopted. */
export function isUsable({ differences, misfits }: Report): boolean {
  return misfits.length === 0 && differences.every(({ status }) => status !== "refused");
}
