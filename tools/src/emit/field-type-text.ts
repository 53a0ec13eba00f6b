import type { Family, Rule, Spec, SpecField } from "../spec-types.ts";

const anyString = "(string & {})";
const numberText = (type: string | undefined) => (type === "boolean" ? "boolean" : "number");

/**
 * Prints a field's TypeScript type for one family: exact where the spec refuses everything else, open where it only
 * warns. A refused field has none.
 */
export function fieldTypeText(field: SpecField, family: Family): string | undefined {
  const rules = family.rules.get(field.name) ?? [];
  if (rules.some((rule) => rule.severity === "error" && rule.refused)) return undefined;
  if (field.type !== "string") return typeText(field);
  const exact = rules.find((rule) => rule.severity === "error" && (rule.enum || rule.size));
  if (exact) return literals(exact).join(" | ");
  const hinted = rules.find((rule) => rule.severity === "warning" && (rule.enum || rule.size));
  return hinted ? [...literals(hinted), anyString].join(" | ") : "string";
}

/** Prints a field's type for an unknown model: every known value in completion, any other accepted. */
export function looseTypeText(field: SpecField, spec: Spec): string {
  if (field.type !== "string") return typeText(field);
  const known = spec.families.flatMap((family) =>
    (family.rules.get(field.name) ?? []).flatMap((rule) => (rule.enum ? literals({ enum: rule.enum }) : [])),
  );
  return known.length === 0 ? "string" : [...new Set(known), anyString].join(" | ");
}

function typeText(field: SpecField): string {
  return field.type === "file" || field.type === "files" ? "Input" : numberText(field.type);
}

function literals(rule: Pick<Rule, "enum" | "size">): string[] {
  const named = (rule.enum ?? []).map((value) => JSON.stringify(value));
  if (!rule.size) return named;
  return [...named, `\`\${number}x\${number}\``];
}
