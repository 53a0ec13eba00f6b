import { printPath } from "../document/json-path.ts";
import type { PreparedVendor } from "../document/prepare-vendor.ts";
import { arrayAt, isObject, objectAt, stringAt } from "../json.ts";
import type { FieldType, Json, JsonObject, Misfit, Spec } from "../spec-types.ts";
import { checkListed, checkPassing, isPattern } from "./check-vendor-values.ts";

/** The vendor's types that a form can hold, and what the overlay may make of each. */
const fieldTypes: ReadonlyMap<string, readonly FieldType[]> = new Map<string, FieldType[]>([
  ["string", ["string", "integer", "number", "boolean", "file", "files"]],
  ["integer", ["integer", "number"]],
  ["number", ["number"]],
  ["boolean", ["boolean"]],
  ["array", ["files"]],
]);

/** The types of the fields that the packages handle by name. */
const ownTypes: ReadonlyMap<string, FieldType> = new Map([
  ["image", "files"],
  ["mask", "file"],
  ["prompt", "string"],
  ["model", "string"],
]);

/** Returns the path of a field in the vendor's document. */
export function fieldPath(operationPath: string, field: string): string {
  const form = ["requestBody", "content", "multipart/form-data", "schema", "properties"];
  return printPath(["paths", operationPath, "post", ...form, field]);
}

/** Checks that every field of the vendor can be sent as the spec has it, and that each list of values has one that passes. */
export function checkVendorFields(vendor: PreparedVendor, spec: Spec): Misfit[] {
  const properties = objectAt(
    vendor.operation,
    "requestBody",
    "content",
    "multipart/form-data",
    "schema",
    "properties",
  );
  const pathOf = (field: string) => fieldPath(vendor.path, field);
  return [
    ...Object.entries(properties).flatMap(([name, schema]) =>
      checkType(name, schema, spec).map((misfit) => ({ path: pathOf(name), ...misfit })),
    ),
    ...checkListed(spec).map(({ field, ...misfit }) => ({ path: pathOf(field), ...misfit })),
    ...checkPassing(spec).map(({ field, ...misfit }) => ({ path: pathOf(field), ...misfit })),
  ];
}

type Found = Omit<Misfit, "path">;

function checkType(name: string, schema: Json, spec: Spec): Found[] {
  if (!isObject(schema)) return [{ text: `\`${name}\` has no schema. Describe it in spec/overlay.yaml.` }];
  const type = Object.hasOwn(schema, "type") ? (schema["type"] ?? null) : typeOfParts(schema);
  const effective = spec.fields.find((field) => field.name === name)?.type;
  const declared = objectAt(spec.document, "components", "schemas", "EditFields", "properties", name);
  if (type === "object" || isObject(declared["properties"])) {
    const isSent =
      stringAt(declared, "x-retouch", "parts") === "brackets" &&
      isObject(declared["properties"]) &&
      !ownTypes.has(name);
    const isNew = !ownTypes.has(name) && !spec.families.some((family) => family.rules.has(name));
    return isSent ? [] : [objectMisfit(name, isNew && isObject(schema["properties"]))];
  }
  const allowed = typeof type === "string" ? fieldTypes.get(type) : undefined;
  if (!allowed)
    return [
      {
        text: `The vendor types \`${name}\` as ${JSON.stringify(type)}, which is not a type of a form's field.`,
      },
    ];
  if (type === "array" && effective !== "files")
    return [
      {
        text: `\`${name}\` is a list of ${stringAt(schema, "items", "type") ?? "values"}, which a form cannot hold.`,
      },
    ];
  if (effective !== undefined && !allowed.includes(effective))
    return [
      {
        text: `The vendor types \`${name}\` as ${type}, but spec/overlay.yaml makes it ${effective}. Fix one of them.`,
      },
    ];
  const pattern = schema["pattern"];
  if (typeof pattern === "string" && !isPattern(pattern))
    return [{ text: `The pattern of \`${name}\` is not a regular expression: ${pattern}` }];
  if (Array.isArray(schema["enum"]) && schema["enum"].length === 0)
    return [{ text: `The list of values of \`${name}\` is empty: no value would pass.` }];
  const own = ownTypes.get(name);
  if (own !== undefined && effective !== own)
    return [
      {
        text: `\`${name}\` is ${effective}; every edit sends it as ${own}. Correct it in spec/overlay.yaml.`,
      },
    ];
  return [];
}

/** Returns the type of a schema that is composed of others, when they agree on it. */
function typeOfParts(schema: JsonObject): Json {
  const parts = ["anyOf", "oneOf", "allOf"].flatMap((key) => arrayAt(schema, key));
  const types = new Set(parts.map((part) => objectAt(part)["type"] ?? "string"));
  types.delete("null"); // a form leaves such a field out
  // One file or several are sent alike.
  if (parts.some((part) => objectAt(part)["format"] === "binary") && types.has("array"))
    types.delete("string");
  return types.size === 1 ? ([...types][0] ?? "string") : types.size === 0 ? "string" : [...types];
}

/** A field that has limits as text cannot become an object by an action alone. */
function objectMisfit(name: string, isNew: boolean): Found {
  const text =
    `The field \`${name}\` is an object, which a form cannot hold as it is. ` +
    "Give it `properties` and `x-retouch: { parts: brackets }` in spec/overlay.yaml, so that its members are sent as parts.";
  const action = {
    target: printPath(["components", "schemas", "EditFields", "properties", name]),
    description: `The members of ${name} are sent as parts with brackets.`,
    "x-source": `vendor document, ${name}`,
    update: { "x-retouch": { parts: "brackets" } },
  };
  return isNew ? { text, actions: [action] } : { text };
}
