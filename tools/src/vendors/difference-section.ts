import type { PreparedVendor } from "../document/prepare-vendor.ts";
import { code, describeFiles, describeRule } from "../emit/describe-limits.ts";
import { markdownTable } from "../emit/markdown-table.ts";
import { arrayAt, objectAt } from "../json.ts";
import { readQuotes } from "../quotes/read-quotes.ts";
import { vendorModels } from "../read/vendor-models.ts";
import type { Family, Json, JsonObject, Spec, SpecField } from "../spec-types.ts";
import type { BuiltVendor } from "./build-vendor.ts";
import { defaultVendorName } from "./list-vendors.ts";

/** What is compared of a vendor. */
interface Side {
  name: string;
  spec: Spec;
  operation: JsonObject;
  /** The models that the vendor's document names. */
  models: string[];
}

/** Writes the section of `docs/models.md` that says where the documents of two vendors differ; nothing without others. */
export function differenceSection(
  { spec, vendor }: { spec: Spec; vendor: PreparedVendor },
  serversText: string,
  others: readonly BuiltVendor[],
): string[] {
  const first = toSide(defaultVendorName(serversText), spec, vendor);
  return others.flatMap(({ vendor: { name }, spec: otherSpec, applied }) => {
    const other = toSide(name, otherSpec, applied.vendor);
    const sides = [first, other] as const;
    const heads = sides.map((side) => side.name);
    const tables = [
      ["", markdownTable(["the document", ...heads], differing(documentRows(sides)))],
      [
        `What each document says of a field. A field that one of them lacks may be taken all the same.`,
        markdownTable(["field", ...heads], differing(fieldRows(sides))),
      ],
      [
        `Limits of the models that ${name}'s document names, where the two documents say different ones. An edit is checked against ${first.name}'s, wherever it is sent.`,
        markdownTable(["models", "field", ...heads], limitRows(sides)),
      ],
    ];
    return [`## Where ${first.name} and ${name} differ`, ...tables.flat().filter((part) => part !== "")];
  });
}

type Sides = readonly [Side, Side];

function toSide(name: string, spec: Spec, { operation }: PreparedVendor): Side {
  const known = new Set(spec.models.map((model) => model.name));
  return { name, spec, operation, models: vendorModels(spec.document, known) };
}

const differing = (rows: string[][]): string[][] => rows.filter(([, one, other]) => one !== other);

function documentRows(sides: Sides): string[][] {
  const types = (value: Json | undefined) => code(Object.keys(objectAt(value, "content")));
  const only = (side: Side, other: Side) =>
    code(side.models.filter((name) => !other.models.includes(name))) || "none";
  const row = (what: string, say: (side: Side, other: Side) => string): string[] => [
    what,
    say(sides[0], sides[1]),
    say(sides[1], sides[0]),
  ];
  return [
    row("URL", ({ spec }) => `\`${spec.baseUrl}${spec.path}\``),
    row("bodies", ({ operation }) => types(operation["requestBody"])),
    row("responses", ({ operation }) => types(objectAt(operation, "responses", "200"))),
    row("models that only it names", only),
  ];
}

const formOf = ({ operation }: Side): JsonObject =>
  objectAt(operation, "requestBody", "content", "multipart/form-data", "schema");

function fieldRows(sides: Sides): string[][] {
  const fields = [...new Set(sides.flatMap(({ spec }) => spec.fields.map(({ name }) => name)))];
  return fields.map((name) => [`\`${name}\``, ...sides.map((side) => describeField(side, name))]);
}

function describeField(side: Side, name: string): string {
  const field = side.spec.fields.find((one) => one.name === name && one.origin === "vendor");
  if (field === undefined) return "not documented";
  const initial = defaultOf(side, field);
  const values = name === "model" ? [] : documentedValues(side, name);
  return [
    field.type,
    ...(field.required ? ["required"] : []),
    ...(field.deprecated ? ["deprecated"] : []),
    ...(values.length > 0 ? [`names ${code(values)}`] : []),
    ...(initial === undefined ? [] : [`\`${initial}\` if absent`]),
  ].join(", ");
}

function defaultOf(side: Side, { name, default: known }: SpecField): Json | undefined {
  const schema = objectAt(formOf(side), "properties", name);
  const inParts = arrayAt(schema, "anyOf").map((part) => objectAt(part)["default"]);
  return schema["default"] ?? inParts.find((value) => value !== undefined) ?? known;
}

/** Returns the values that the vendor's document names of a field: listed in its schema, or in a sentence that is quoted. */
function documentedValues({ spec, operation }: Side, name: string): Json[] {
  const schema = objectAt(
    operation,
    "requestBody",
    "content",
    "multipart/form-data",
    "schema",
    "properties",
    name,
  );
  const listed = [schema, ...arrayAt(schema, "anyOf")].flatMap((part) => arrayAt(part, "enum"));
  const quoted = readQuotes(spec.document)
    .filter(({ field }) => field === name)
    .flatMap(({ slots }) => slots.flatMap((slot) => (slot.limit === "enum" ? arrayAt(slot.value) : [])));
  return [...new Set([...listed, ...quoted])].sort((a, b) => (String(a) < String(b) ? -1 : 1));
}

function limitRows(sides: Sides): string[][] {
  const [first, other] = sides;
  const rows = new Map<string, { models: string[]; cells: string[] }>();
  for (const family of other.spec.families) {
    const models = family.models.filter((name) => other.models.includes(name));
    const mine = first.spec.families.find(({ name }) => name === family.name);
    // A notice is for a model that edits nothing.
    if (models.length === 0 || mine === undefined || family.notice !== undefined) continue;
    for (const { name } of first.spec.fields) {
      if (!other.spec.fields.some((field) => field.name === name)) continue;
      const says = [limitsOf(mine, name), limitsOf(family, name)];
      if (says[0] === says[1]) continue;
      const cells = [`\`${name}\``, ...says.map((text) => text || "no limit")];
      const known = rows.get(cells.join("|")) ?? { models: [], cells };
      rows.set(cells.join("|"), { ...known, models: [...known.models, ...models] });
    }
  }
  return [...rows.values()].map(({ models, cells }) => [code(models), ...cells]);
}

/** Says all limits of a field, of every source; values in an order that means nothing. */
function limitsOf(family: Family, field: string): string {
  const rules = (family.rules.get(field) ?? []).map((rule) => ({
    severity: rule.severity,
    text: describeRule({ ...rule, ...(rule.enum ? { enum: [...rule.enum].sort() } : {}) }),
  }));
  const files = (family.files[field] ?? []).map((rule) => ({
    severity: rule.severity,
    text: describeFiles(rule),
  }));
  return [...rules, ...files]
    .filter(({ text }) => text !== "")
    .map(({ severity, text }) => (severity === "error" ? text : `${text} (a warning)`))
    .join("; ");
}
