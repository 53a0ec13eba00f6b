import { isDeepStrictEqual } from "node:util";
import type { FileRule } from "../spec-types.ts";
import type { Change } from "./difference.ts";

/** Compares the limits of a field's files: sizes and formats have a direction, anything else counts as breaking. */
export function diffFiles(field: string, before: FileRule[], after: FileRule[]): Change[] {
  if (isDeepStrictEqual(before, after)) return [];
  const rest = (rules: FileRule[]) =>
    rules.map(({ belowBytes, mediaTypes, ...rule }) => [typeof belowBytes, Array.isArray(mediaTypes), rule]);
  if (!isDeepStrictEqual(rest(before), rest(after)))
    return [{ field, level: "major", text: `Changed what files \`${field}\` takes` }];
  return before.flatMap((rule, index) => {
    const [from, to] = [rule["belowBytes"], after[index]?.["belowBytes"]];
    const [old, current] = [typesOf(rule), typesOf(after[index])];
    const added = current.filter((type) => !old.includes(type));
    const lost = old.filter((type) => !current.includes(type));
    const changes: Change[] = [
      ...lost.map((type) => ({ field, level: "major" as const, text: `Refused ${type} for \`${field}\`` })),
      ...added.map((type) => ({ field, level: "minor" as const, text: `Accepted ${type} for \`${field}\`` })),
    ];
    if (from !== to)
      changes.push({
        field,
        level: Number(to) < Number(from) ? "major" : "minor",
        text: `Changed the size that files of \`${field}\` stay below from ${from} to ${to} bytes`,
      });
    return changes;
  });
}

const typesOf = (rule: FileRule | undefined): unknown[] => {
  const types = rule?.["mediaTypes"];
  return Array.isArray(types) ? types : [];
};
