import { type Path, printPath } from "../document/json-path.ts";
import type { Json, JsonObject } from "../spec-types.ts";

export type Level = "major" | "minor" | "patch";

/** One thing that users notice, in the past tense. */
export interface Change {
  level: Level;
  text: string;
  /** The field of the form that it is about. */
  field?: string;
}

/** A semver level, or none when users of the packages notice nothing. */
export type DifferenceLevel = Level | "none";

/** One difference between two documents of the vendor. */
export interface Difference {
  /** A JSONPath into the new document, or into the old one for what is gone. */
  path: string;
  before: Json | undefined;
  after: Json | undefined;
  level: DifferenceLevel;
  /** What changed for users, or why nothing did. */
  text: string;
  /** Explained by a rule, accepted by a person, or refused until one of them happens. */
  status: "explained" | "accepted" | "refused";
  /** Actions that would make the overlay follow. */
  actions?: JsonObject[];
}

/** What a rule says of a difference. */
export interface Verdict {
  level: DifferenceLevel;
  text: string;
  /** Nothing follows this by itself. */
  isRefused?: boolean;
  actions?: JsonObject[];
}

/** A rule explains a difference, or leaves it to the next one. */
export type Rule = (rest: Path, before: Json | undefined, after: Json | undefined) => Verdict | undefined;

export const explain = (level: DifferenceLevel, text: string): Verdict => ({ level, text });
export const refuse = (level: DifferenceLevel, text: string, actions?: JsonObject[]): Verdict => ({
  level,
  text,
  isRefused: true,
  ...(actions ? { actions } : {}),
});

/** Without a rule, a difference counts as the worst that it could be. */
export function toDifference(
  path: Path,
  before: Json | undefined,
  after: Json | undefined,
  verdict: Verdict | undefined,
): Difference {
  const { level, text, isRefused, actions } =
    verdict ?? refuse("major", "No rule says what this means. Review it, then accept it.");
  return {
    path: printPath(path),
    before,
    after,
    level,
    text,
    status: isRefused ? "refused" : "explained",
    ...(actions ? { actions } : {}),
  };
}

export const levels: readonly DifferenceLevel[] = ["major", "minor", "patch", "none"];

export function highest(found: readonly DifferenceLevel[]): DifferenceLevel {
  return levels.find((level) => found.includes(level)) ?? "none";
}
