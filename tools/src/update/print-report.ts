import { dump } from "js-yaml";
import type { Json, JsonObject } from "../spec-types.ts";
import type { Difference } from "./difference.ts";
import type { Report } from "./make-report.ts";

/** Prints every difference with its path, its level and both values. */
export function printDifferences({ differences }: Report): string {
  if (differences.length === 0) return "The two documents of the vendor say the same.";
  return differences
    .map(({ level, path, text, before, after, status }) => {
      const mark = status === "explained" ? "" : ` (${status})`;
      return `${level}${mark}: ${path}\n  ${text}\n  before: ${short(before)}\n  after:  ${short(after)}`;
    })
    .join("\n");
}

/** Prints what keeps the document from being adopted, each with the YAML for the overlay that would fix it. */
export function printMisfits({ differences, misfits, overlayFile }: Report): string {
  const named = misfits.map(({ text }) => text).join("\n");
  // What a misfit says already, with its fix, is not said again.
  const refused = differences.filter(({ status, text }) => status === "refused" && !named.includes(text));
  const parts = [
    ...misfits.map(({ path, text, actions }) => `${path}\n  ${text}${advice(actions, overlayFile)}`),
    ...refused.map(
      (difference) => `${difference.path}\n  ${difference.text}${acceptance(difference, overlayFile)}`,
    ),
  ];
  return parts.map((part, index) => `${index + 1}. ${part}`).join("\n\n");
}

function advice(actions: readonly JsonObject[] | undefined, overlayFile: string): string {
  if (actions === undefined || actions.length === 0) return "";
  return `\n  Append to \`actions\` in ${overlayFile}:\n${indent(yaml(actions))}`;
}

function acceptance({ path, after, level, actions }: Difference, overlayFile: string): string {
  if (actions !== undefined && actions.length > 0) return advice(actions, overlayFile);
  const entry = {
    path,
    ...(after === undefined ? { gone: true } : { after }),
    level,
    reason: "Reviewed: say why.",
  };
  return (
    `\n  Once it is reviewed, append to \`x-accepted\` in ${overlayFile}, with the level that it has for users:\n${indent(yaml([entry]))}` +
    `\n  or pass \`--accept "${path}=${level}"\`.`
  );
}

const yaml = (value: object): string => dump(value, { lineWidth: 120, noRefs: true }).trimEnd();
const indent = (text: string): string => text.replaceAll(/^/gm, "    ");

function short(value: Json | undefined): string {
  if (value === undefined) return "(absent)";
  const text = JSON.stringify(value);
  return text.length > 400 ? `${text.slice(0, 397)}...` : text;
}
