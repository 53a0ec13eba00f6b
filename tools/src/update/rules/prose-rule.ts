import { isDeepStrictEqual } from "node:util";
import type { Json } from "../../spec-types.ts";
import { explain, refuse, type Verdict } from "../difference.ts";
import { significantWords } from "./significant-words.ts";

/** Explains a change of prose, or leaves it when the two values are not text. */
export type ExplainProse = (before: Json | undefined, after: Json | undefined) => Verdict | undefined;

/** Explains a change of prose as style, unless a word that can state a fact came, went or moved. */
export function proseRule(known: ReadonlySet<string>): ExplainProse {
  return (before, after) => {
    if (typeof (before ?? "") !== "string" || typeof (after ?? "") !== "string") return undefined;
    const [old, current] = [before, after].map((text) => significantWords(String(text ?? ""), known));
    if (isDeepStrictEqual(old, current)) return explain("none", "Said in other words.");
    const lost = old?.filter((word) => !current?.includes(word)) ?? [];
    const added = current?.filter((word) => !old?.includes(word)) ?? [];
    const parts = [
      ...(lost.length > 0 ? [`no longer ${lost.join(", ")}`] : []),
      ...(added.length > 0 ? [`now ${added.join(", ")}`] : []),
    ];
    return refuse(
      "major",
      `The text may state another fact: ${parts.join(", ") || "the same words in another order"}. Review it, then accept it.`,
    );
  };
}
