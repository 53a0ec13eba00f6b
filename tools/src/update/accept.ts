import { isDeepStrictEqual } from "node:util";
import { arrayAt, isObject, stringAt } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";
import { type Difference, type DifferenceLevel, levels } from "./difference.ts";

/** A difference that a person has reviewed. */
export interface Acceptance {
  path: string;
  level?: DifferenceLevel;
  /** The reviewed value; without it, any value at this path is accepted. */
  after?: Json;
  /** Whether the acceptance names the value, which may be that it is gone. */
  hasValue: boolean;
}

/** Reads `--accept PATH` or `--accept PATH=LEVEL`. */
export function parseAcceptance(text: string): Acceptance {
  const [, path = text, level] = /^(.*?)(?:=(major|minor|patch|none))?$/s.exec(text) ?? [];
  if (!path.startsWith("$"))
    throw new Error(
      `\`--accept ${text}\` is not a path. Give one as the report prints it, such as \`$.info.description\`.`,
    );
  return { path, hasValue: false, ...(level === undefined ? {} : { level: level as DifferenceLevel }) };
}

/** Reads `x-accepted` of the overlay. */
export function readAcceptances(overlay: JsonObject): Acceptance[] {
  return arrayAt(overlay, "x-accepted").map((entry, index) => {
    const path = stringAt(entry, "path");
    const level = stringAt(entry, "level");
    if (
      !isObject(entry) ||
      path === undefined ||
      (level !== undefined && !levels.includes(level as DifferenceLevel))
    )
      throw new Error(
        `Entry ${index + 1} of \`x-accepted\` in spec/overlay.yaml needs \`path\` and, if any, a \`level\` of ${levels.join(", ")}.`,
      );
    const { after } = entry;
    return {
      path,
      hasValue: "after" in entry || entry["gone"] === true,
      ...(after === undefined ? {} : { after }),
      ...(level === undefined ? {} : { level: level as DifferenceLevel }),
    };
  });
}

/** Marks the refused differences that were accepted, with the level that was given for them. */
export function accept(differences: readonly Difference[], acceptances: readonly Acceptance[]): Difference[] {
  return differences.map((difference) => {
    if (difference.status !== "refused") return difference;
    const found = acceptances.find(
      ({ path, hasValue, after }) =>
        path === difference.path && (!hasValue || isDeepStrictEqual(after, difference.after)),
    );
    if (!found) return difference;
    return { ...difference, status: "accepted", level: found.level ?? difference.level };
  });
}

/** Returns acceptances that match no difference: a mistyped path would look like a success. */
export function unusedAcceptances(
  differences: readonly Difference[],
  acceptances: readonly Acceptance[],
): string[] {
  const refused = differences.filter(({ status }) => status !== "explained").map(({ path }) => path);
  return acceptances.map(({ path }) => path).filter((path) => !refused.includes(path));
}
