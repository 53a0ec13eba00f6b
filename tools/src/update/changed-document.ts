import { join } from "node:path";
import { readInputs } from "../generate/read-inputs.ts";
import { arrayAt, isObject, objectAt, resolve } from "../json.ts";
import { pathOf } from "../overlay/read-overlay.ts";
import type { JsonObject } from "../spec-types.ts";
import { parseAcceptance } from "./accept.ts";
import { type Current, isUsable, type MadeReport, makeReport, readCurrent } from "./make-report.ts";

const root = join(import.meta.dirname, "../../..");
const inputs = await readInputs(join(root, "spec"));
export const current: Current = await readCurrent(root, inputs);
export const vendorText = inputs.vendor;
const other = inputs.others.find(({ name }) => name === "OpenAI");
/** The same of OpenAI. */
export const openai: Current = await readCurrent(root, inputs, other);

/** A changed copy of the vendor's document, with its parts at hand. */
export interface ChangedDocument {
  document: JsonObject;
  operation: JsonObject;
  form: JsonObject;
  properties: JsonObject;
  response: JsonObject;
  /** Returns a field's schema. */
  field(name: string): JsonObject;
}

/** Opens a copy of a vendor's document for changes. */
export function openVendor(from: Current = current): ChangedDocument {
  const document = structuredClone(from.vendor);
  const operation = objectAt(document, "paths", pathOf(from.overlay), "post");
  const content = objectAt(operation, "requestBody", "content", "multipart/form-data");
  const form = resolve(document, content["schema"]);
  const properties = objectAt(form, "properties");
  return {
    document,
    operation,
    form,
    properties,
    response: resolve(
      document,
      objectAt(operation, "responses", "200", "content", "application/json")["schema"],
    ),
    field: (name) => {
      const schema = properties[name];
      if (!isObject(schema)) throw new Error(`The vendor has no field ${name}.`);
      return schema;
    },
  };
}

/** Changes a vendor's document as data. */
export function changeVendor(change: (vendor: ChangedDocument) => void, from: Current = current): string {
  const vendor = openVendor(from);
  change(vendor);
  return JSON.stringify(vendor.document);
}

/** Replaces text of the vendor's document; the text must be there. */
export function replaceInVendor(...edits: readonly (readonly [from: string, to: string])[]): string {
  return edits.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`The vendor's document does not contain: ${from}`);
    return text.replace(from, () => to);
  }, vendorText);
}

export interface Reported extends MadeReport {
  isUsable: boolean;
  /** Everything that the report says, for a search. */
  text: string;
}

/** Reports on a changed document without writing anything. */
export function report(
  text: string,
  accept: readonly string[] = [],
  overlay?: JsonObject,
  from: Current = current,
): Reported {
  const made = makeReport(overlay ? { ...from, overlay } : from, text, accept.map(parseAcceptance));
  return {
    ...made,
    isUsable: isUsable(made),
    text: [...made.misfits, ...made.differences, ...made.changes].map(({ text }) => text).join("\n"),
  };
}

/**
 * Follows what a report advises: appends the actions of its misfits to the overlay, and accepts what is refused without
 * any.
 */
export function followAdvice({ misfits, differences }: Reported): JsonObject {
  const { overlay } = current;
  const refused = differences.filter(({ status }) => status === "refused");
  const actions = [...misfits, ...refused].flatMap((one) => one.actions ?? []);
  const unique = new Map(actions.map((action) => [JSON.stringify(action), action]));
  const accepted = refused.map(({ path, after, level }) => ({
    path,
    level,
    ...(after === undefined ? { gone: true } : { after }),
  }));
  return {
    ...overlay,
    actions: [...arrayAt(overlay, "actions"), ...unique.values()],
    "x-accepted": accepted,
  };
}
