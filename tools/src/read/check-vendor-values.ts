import { printPath } from "../document/json-path.ts";
import { arrayAt, objectAt, stringAt } from "../json.ts";
import type { Constraint, Json, JsonObject, Misfit, Rule, Spec } from "../spec-types.ts";
import { overlaySays, vendorFields } from "./vendor-drift.ts";

/** A misfit of a field, whose path the caller knows. */
export type FieldMisfit = Omit<Misfit, "path"> & { field: string };

/** Finds values that the vendor lists and no family accepts: they would be dropped silently. */
export function checkListed({ document, families }: Spec): FieldMisfit[] {
  return vendorFields(document).flatMap(([field, schema]) => {
    if (field === "model") return [];
    const lists = families.flatMap((family) =>
      overlaySays(document, family, field).flatMap((said) => arrayAt(said, "enum")),
    );
    const accepted = new Set<Json>(lists);
    const lost = arrayAt(schema, "enum").filter((value) => accepted.size > 0 && !accepted.has(value));
    if (lost.length === 0) return [];
    return [
      {
        field,
        text:
          `The vendor lists ${lost.map((value) => JSON.stringify(value)).join(", ")} for \`${field}\`, but no model family accepts it. ` +
          `Add it to the values of \`${field}\` in spec/overlay.yaml.`,
        actions: listsOf(document, field).map((path) => ({
          target: path,
          description: `The vendor lists ${lost.join(", ")}; keep this for the families that take it.`,
          "x-source": `vendor document, ${field}`,
          update: lost,
        })),
      },
    ];
  });
}

/** Finds the lists of values of a field in the overlay's schemas. */
function listsOf(document: JsonObject, field: string): string[] {
  const paths = new Set<string>();
  const visit = (value: Json, path: (string | number)[]): void => {
    if (typeof value !== "object" || value === null) return;
    const member = objectAt(value, "properties")[field];
    const ref = stringAt(member, "$ref");
    if (ref !== undefined) paths.add(printPath([...ref.replace(/^#\//, "").split("/"), "enum"]));
    else if (arrayAt(member, "enum").length > 0) paths.add(printPath([...path, "properties", field, "enum"]));
    for (const [key, child] of Object.entries(value))
      visit(child, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  for (const [name, schema] of Object.entries(objectAt(document, "components", "schemas")))
    if (name !== "EditFields") visit(schema, ["components", "schemas", name]);
  return [...paths].filter((path) => {
    const name = /^\$\.components\.schemas\.(\w+)\.enum$/.exec(path)?.[1];
    return name === undefined || arrayAt(document, "components", "schemas", name, "enum").length > 0;
  });
}

/** Finds lists of values of which none passes the other rules: a type, a pattern, a range. */
export function checkPassing({ families }: Spec): FieldMisfit[] {
  const merged = new Map<string, { field: string; why: string; names: string[] }>();
  for (const family of families) {
    for (const [field, rules] of family.rules) {
      const failing = rules.find(
        (rule) =>
          rule.severity === "error" && (isCrossed(rule) || (rule.enum && !rule.enum.some(passes(rule)))),
      );
      if (!failing) continue;
      const why = reasonOf(failing);
      const known = merged.get(`${field} ${why}`) ?? { field, why, names: [] };
      known.names.push(family.name);
      merged.set(`${field} ${why}`, known);
    }
  }
  return [...merged.values()].map(({ field, why, names }) => ({
    field,
    text: `No value of \`${field}\` passes for ${names.join(", ")}: ${why}. Fix the values of \`${field}\` in spec/overlay.yaml.`,
  }));
}

/** Whether a least value is above the greatest. */
const isCrossed = ({ minimum, maximum, minLength, maxLength, minItems, maxItems }: Rule): boolean =>
  Number(minimum) > Number(maximum) ||
  Number(minLength) > Number(maxLength) ||
  Number(minItems) > Number(maxItems);

function reasonOf({ enum: values = [], ...rule }: Rule): string {
  if (isCrossed(rule as Rule)) return "its least value is above its greatest";
  if (values.length === 0) return "the vendor's list and the overlay's share none";
  const limits = (["type", "pattern", "minimum", "maximum", "minLength", "maxLength"] as const)
    .filter((key) => rule[key] !== undefined && !values.some(passes({ [key]: rule[key] })))
    .map((key) => `\`${key}: ${rule[key]}\``);
  return `${limits.join(" and ") || "its limits"} against the listed ${values.join(", ")}`;
}

const passes =
  (rule: Constraint) =>
  (value: string | number): boolean => {
    const text = String(value);
    if (rule.type === "boolean" && text !== "true" && text !== "false") return false;
    if (rule.type === "integer" && !/^-?\d+$/.test(text)) return false;
    if (rule.type === "number" && !/^-?\d+(\.\d+)?$/.test(text)) return false;
    if (rule.pattern !== undefined && !matches(rule.pattern, text)) return false;
    const { minimum = -Infinity, maximum = Infinity, minLength = 0, maxLength = Infinity } = rule;
    const isNumber = typeof value === "number";
    return (
      (!isNumber || (value >= minimum && value <= maximum)) &&
      text.length >= minLength &&
      text.length <= maxLength
    );
  };

export function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, "u");
    return true;
  } catch {
    return false;
  }
}

const matches = (pattern: string, text: string): boolean =>
  !isPattern(pattern) || new RegExp(pattern, "u").test(text);
