import type { PriceRow } from "../read/read-prices.ts";
import type { Condition, Conflict, Family, Shutdown, Spec } from "../spec-types.ts";
import { code, describeFiles, describeRule } from "./describe-limits.ts";
import { generatedHeader } from "./generated-header.ts";
import { markdownTable } from "./markdown-table.ts";
import { priceSection } from "./price-section.ts";

/**
 * Writes `docs/models.md`: models, prices, fields, where other vendors differ, limits, and what preflight says of each.
 */
export function emitDocs(
  spec: Spec,
  prices: ReadonlyMap<string, PriceRow>,
  differences: readonly string[] = [],
): string {
  const header = generatedHeader(
    "emit/emit-docs.ts",
    "spec/openapi.yaml, spec/vendor and spec/prices.yaml",
    "",
  ).replaceAll(/^ /gm, "");
  return [
    `<!--\n${header}-->`,
    "# Models and their limits",
    "Before anything is sent, an edit is checked against the limits of its model. An **error** is thrown and nothing is sent; a **warning** " +
      "is sent and listed in `result.warnings`. A model that is not listed here is sent as it is, held to the limits under " +
      `[any other model](#${anchor(title(spec, spec.fallback))}).`,
    modelTable(spec),
    ...snapshotNote(spec),
    "The same from code, and `retouch models` in a terminal:",
    `\`\`\`ts\n${example(spec)}\`\`\``,
    priceSection(prices),
    "## Fields",
    fieldTable(spec),
    ...differences,
    ...spec.families.map((family) => familySection(spec, family)),
  ]
    .join("\n\n")
    .concat("\n");
}

const title = (spec: Spec, family: Family) =>
  family === spec.fallback ? "Any other model" : family.models.join(", ");

const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w -]/g, "")
    .replaceAll(" ", "-");

/** Shows a model's limits in code; a test runs it. */
function example(spec: Spec): string {
  // One whose end no server has announced.
  const example = spec.models.find(
    ({ name, snapshotOf = name, family }) => !family.shutdowns.some(({ model }) => model === snapshotOf),
  );
  return `import { limitsOf, modelNames } from "@retouch/client/models";

console.log(modelNames.join(", "));
const { fields, image, mask } = limitsOf(${JSON.stringify(example?.name ?? "")});
console.log(fields, image, mask);
`;
}

function modelTable(spec: Spec): string {
  return markdownTable(
    ["model", "limits", "served by its maker"],
    spec.models
      .filter(({ snapshotOf }) => snapshotOf === undefined)
      .map(({ name, family }) => {
        const ends = family.shutdowns.filter(({ model }) => model === name).map(describeShutdown);
        const heading = title(spec, family);
        return [
          [name, ...(family.snapshots[name] ?? [])].map((one) => `\`${one}\``).join(", "),
          `[${family.description}](#${anchor(heading)})`,
          ends.join(", ") || "no end known",
        ];
      }),
  );
}

function snapshotNote(spec: Spec): string[] {
  const snapshot = spec.models.find(({ snapshotOf }) => snapshotOf !== undefined);
  if (snapshot === undefined) return [];
  return [
    `A name with a date at its end, such as \`${snapshot.name}\`, has the limits of \`${snapshot.snapshotOf}\`, whether the date is listed or not.`,
  ];
}

function describeShutdown({ host, date, replacements }: Shutdown): string {
  const instead = replacements.map((name) => `\`${name}\``).join(" or ");
  return `not at ${host} from ${date} on${instead === "" ? "" : `; use ${instead}`}`;
}

function fieldTable(spec: Spec): string {
  return markdownTable(
    ["field", "type", "documented by", "what it does"],
    spec.fields.map((field) => [
      `\`${field.name}\``,
      field.type + (field.required ? ", required" : field.deprecated ? ", deprecated" : ""),
      field.origin === "vendor" ? "the vendor" : "OpenAI and other gateways",
      field.description,
    ]),
  );
}

function familySection(spec: Spec, family: Family): string {
  const rows: string[][] = [];
  const add = (field: string, rule: { severity: string; source: string }, says: string) =>
    rows.push([field, says, rule.severity, sourceWords[rule.source] ?? rule.source]);
  for (const field of spec.fields) {
    for (const rule of family.rules.get(field.name) ?? []) add(`\`${field.name}\``, rule, describeRule(rule));
    for (const rule of family.files[field.name] ?? []) add(`\`${field.name}\``, rule, describeFiles(rule));
  }
  for (const conflict of family.conflicts)
    add(
      Object.keys(conflict.when)
        .map((name) => `\`${name}\``)
        .join(", "),
      conflict,
      describeConflict(conflict),
    );
  const facts = [
    family.description,
    ...(family.notice === undefined ? [] : [`Every edit carries a warning: ${family.notice}.`]),
    ...(family.urlLifetimeSeconds === undefined
      ? []
      : [`The URLs of results live ${minutes(family.urlLifetimeSeconds)}.`]),
  ];
  return [
    `## ${title(spec, family)}`,
    facts.join(" "),
    markdownTable(["field", "must be", "otherwise", "said by"], rows),
  ].join("\n\n");
}

const sourceWords: Record<string, string> = {
  vendor: "the vendor",
  openai: "OpenAI",
  gateway: "other gateways",
};
const minutes = (seconds: number) => (seconds === 60 ? "1 minute" : `${seconds / 60} minutes`);

function describeConflict(conflict: Conflict): string {
  const parts = Object.entries(conflict.when).map(([name, condition]) => name + describeCondition(condition));
  return `not ${parts.join(" together with ")}`;
}

function describeCondition({ enum: values, minimum, except }: Condition): string {
  if (except) return ` other than ${code(except)}`;
  return values ? ` ${code(values)}` : minimum === undefined ? "" : ` of ${minimum} or more`;
}
