import { isDeepStrictEqual } from "node:util";
import { objectAt } from "../json.ts";
import type { Rule, Spec } from "../spec-types.ts";
import { diffFiles } from "./diff-files.ts";
import type { Change, Level } from "./difference.ts";

/** Returns the differences between two specs that affect users of the packages, most breaking first. */
export function diffSpecs(before: Spec, after: Spec): Change[] {
  const changes = [
    ...diffFrame(before, after),
    ...diffModels(before, after),
    ...diffFields(before, after),
    ...diffLimits(before, after),
    ...diffResponses(before, after),
  ];
  const order: Level[] = ["major", "minor", "patch"];
  return order.flatMap((level) => changes.filter((change) => change.level === level));
}

function diffFrame(before: Spec, after: Spec): Change[] {
  const changes: Change[] = [];
  if (before.baseUrl !== after.baseUrl) {
    changes.push({
      level: "major",
      text: `The default server moved from ${before.baseUrl} to ${after.baseUrl}.`,
    });
  }
  if (before.path !== after.path) {
    changes.push({ level: "major", text: `The path moved from ${before.path} to ${after.path}.` });
  }
  return changes;
}

function diffModels(before: Spec, after: Spec): Change[] {
  const old = before.models.map(({ name }) => name);
  const current = after.models.map(({ name }) => name);
  return [
    ...current
      .filter((name) => !old.includes(name))
      .map((name): Change => ({ level: "minor", text: `Added the model \`${name}\`.` })),
    ...old
      .filter((name) => !current.includes(name))
      .map(
        (name): Change => ({
          level: "major",
          text: `Removed the model \`${name}\`: it is sent, but its limits are no longer known.`,
        }),
      ),
  ];
}

function diffFields(before: Spec, after: Spec): Change[] {
  const changes: Change[] = [];
  for (const field of after.fields) {
    const old = before.fields.find(({ name }) => name === field.name);
    const { name } = field;
    if (!old)
      changes.push({
        field: name,
        level: "minor",
        text: `Added the field \`${name}\`.`,
      });
    else if (old.type !== field.type) {
      changes.push({
        field: name,
        level: "major",
        text: `Changed the type of \`${field.name}\` from ${old.type} to ${field.type}.`,
      });
    } else if (old.required !== field.required) {
      changes.push({
        field: name,
        level: field.required ? "major" : "minor",
        text: `Made \`${field.name}\` ${field.required ? "required" : "optional"}.`,
      });
    } else if (old.description !== field.description) {
      changes.push({
        field: name,
        level: "patch",
        text: `Took over the vendor's new description of \`${name}\`.`,
      });
    }
  }
  for (const { name } of before.fields) {
    if (after.fields.some((field) => field.name === name)) continue;
    changes.push({
      field: name,
      level: "major",
      text: `Removed the field \`${name}\`: pass it through \`extra\`.`,
    });
  }
  return changes;
}

/** Compares the limits of every model in both specs, and of unknown models; identical changes are merged. */
function diffLimits(before: Spec, after: Spec): Change[] {
  const merged = new Map<string, { change: Change; models: string[] }>();
  const pairs = [
    ...after.models.flatMap(({ name, family, snapshotOf }) => {
      if (snapshotOf !== undefined) return []; // its limits are its model's
      const old = before.models.find((model) => model.name === name);
      return old ? [{ name: `\`${name}\``, old: old.family, current: family }] : [];
    }),
    { name: "other models", old: before.fallback, current: after.fallback },
  ];
  for (const { name, old, current } of pairs) {
    const changes: Change[] = [
      ...after.fields
        .filter((field) => before.fields.some((one) => one.name === field.name))
        .flatMap(({ name: field }) =>
          diffRules(field, old.rules.get(field) ?? [], current.rules.get(field) ?? []).map((change) => ({
            ...change,
            field,
          })),
        ),
      ...Object.keys(old.files).flatMap((field) =>
        diffFiles(field, old.files[field] ?? [], current.files[field] ?? []),
      ),
    ];
    if (old.urlLifetimeSeconds !== current.urlLifetimeSeconds) {
      const [from = "none", to = "none"] = [old.urlLifetimeSeconds, current.urlLifetimeSeconds];
      changes.push({
        field: "response_format",
        level: Number(to) < Number(from) ? "major" : "minor",
        text: `Changed the seconds that URLs of results live from ${from} to ${to}`,
      });
    }
    if (!isDeepStrictEqual(old.conflicts, current.conflicts)) {
      changes.push({ level: "major", text: "Changed which values go together" });
    }
    for (const change of changes) {
      const key = `${change.level} ${change.text}`;
      const known = merged.get(key) ?? { change, models: [] };
      merged.set(key, { change, models: [...known.models, name] });
    }
  }
  return [...merged.values()].map(({ change, models }) => ({
    ...change,
    text: `${change.text} ${models.length === pairs.length ? "for every model" : `for ${models.join(", ")}`}.`,
  }));
}

const limits = ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"] as const;

function diffRules(field: string, before: Rule[], after: Rule[]): Change[] {
  const old = before.find(({ severity }) => severity === "error");
  const current = after.find(({ severity }) => severity === "error");
  const changes: Change[] = [];
  const add = (tighter: boolean, text: string) => changes.push({ level: tighter ? "major" : "minor", text });
  if (old?.refused !== current?.refused) {
    add(current?.refused === true, `${current?.refused ? "Refused" : "Accepted"} \`${field}\``);
    return changes;
  }
  if (old?.enum || current?.enum) {
    const lost = old?.enum ? old.enum.filter((value) => current?.enum && !current.enum.includes(value)) : [];
    const gained = current?.enum
      ? current.enum.filter((value) => old?.enum && !old.enum.includes(value))
      : [];
    for (const value of gained) add(false, `Accepted \`${value}\` for \`${field}\``);
    for (const value of lost) add(true, `Refused \`${value}\` for \`${field}\``);
    if (!old?.enum) add(true, `Limited \`${field}\` to a list of values`);
    if (!current?.enum) add(false, `Opened \`${field}\` to any value`);
  }
  for (const key of limits) {
    const [from, to] = [old?.[key], current?.[key]];
    if (from === to) continue;
    const isTighter =
      to !== undefined && (from === undefined || (key.startsWith("min") ? to > from : to < from));
    add(isTighter, `Changed the ${labels[key]} of \`${field}\` from ${from ?? "none"} to ${to ?? "none"}`);
  }
  const rest = (rule: Rule | undefined) => [rule?.type, rule?.pattern, rule?.size];
  if (!isDeepStrictEqual(rest(old), rest(current))) add(true, `Changed what \`${field}\` may look like`);
  const warnings = (rules: Rule[]) => rules.filter(({ severity }) => severity === "warning");
  if (!isDeepStrictEqual(warnings(before), warnings(after))) {
    changes.push({ level: "patch", text: `Changed the warnings about \`${field}\`` });
  }
  return changes;
}

const labels: Record<(typeof limits)[number], string> = {
  minimum: "minimum",
  maximum: "maximum",
  minLength: "shortest length",
  maxLength: "longest length",
  minItems: "least number",
  maxItems: "greatest number",
};

function diffResponses(before: Spec, after: Spec): Change[] {
  const responses = (spec: Spec) => [
    objectAt(spec.document, "paths", spec.path, "post", "responses"),
    ...["ImagesResponse", "VendorChatCompletion", "EditStreamEvent", "ErrorResponse"].map((name) =>
      objectAt(spec.document, "components", "schemas", name),
    ),
  ];
  if (isDeepStrictEqual(responses(before), responses(after))) return [];
  return [{ level: "patch", text: "Took over the vendor's new description of the responses." }];
}
