import type { UpdateResult } from "../spec-update.ts";
import type { Report } from "../update/make-report.ts";
import { printDifferences, printMisfits } from "../update/print-report.ts";

/** GitHub takes bodies of 65,536 characters. */
const maxReportLength = 60_000;

/** A document that was fetched. */
export interface FetchedDocument {
  vendor: string;
  url: string;
  hash: string;
}

/** Numbers of pull requests or issues that a new one refers to. */
export interface References {
  /** Open ones about an earlier document of the vendor. */
  earlier: readonly number[];
  /** Open issues about this document. */
  closes?: readonly number[];
}

export const branchPrefix = (vendor: string): string =>
  `spec-watch/${vendor.toLowerCase().replaceAll(/[^a-z\d]+/g, "-")}-`;

export const pullTitle = ({ vendor, hash }: FetchedDocument): string =>
  `feat(spec): follow ${vendor}'s document ${hash}`;

/** The title of every issue about a vendor begins with this. */
export const issuePrefix = (vendor: string): string => `${vendor}'s document was refused:`;

export const issueTitle = ({ vendor, hash }: FetchedDocument): string => `${issuePrefix(vendor)} ${hash}`;

export function pullBody(
  { vendor, url }: FetchedDocument,
  result: UpdateResult,
  { earlier, closes = [] }: References,
): string {
  const { bump, notes } = result;
  const report = [printDifferences(result), ...notes.map((note) => `note: ${note}`)].join("\n");
  return joinParts([
    `\`pnpm spec:update\` adopted ${vendor}'s document: ${url}`,
    bump
      ? `The packages go up by a ${bump.level} version: ${bump.reason} Review the changeset.`
      : "No change affects users, so there is no changeset.",
    ...closes.map((number) => `Closes #${number}.`),
    ...earlier.map((number) => `An earlier document is in #${number}: close that one.`),
    "GitHub does not start CI for a pull request of a workflow: close and reopen this one.",
    block(report, command(vendor, url)),
  ]);
}

/** The body for a refused document: its report, or the reason why it could not be compared. */
export function issueBody(
  { vendor, url }: FetchedDocument,
  outcome: Report | { message: string },
  { earlier }: References,
): string {
  const report =
    "message" in outcome
      ? outcome.message
      : `${printMisfits(outcome)}\n\nEvery difference:\n\n${printDifferences(outcome)}`;
  return joinParts([
    `\`pnpm spec:update\` refused ${vendor}'s document: ${url}`,
    ...("message" in outcome ? [] : [`If it is adopted like this, it is ${outcome.level}.`]),
    `Follow the report in ${"message" in outcome ? `the overlay of ${vendor}` : `\`${outcome.overlayFile}\``}, then run \`${command(vendor, url)}\`.`,
    ...earlier.map((number) => `An earlier document is in #${number}: close that one.`),
    block(report, command(vendor, url)),
  ]);
}

/** A name can have a space. */
const command = (vendor: string, url: string): string =>
  `pnpm spec:update ${/\s/.test(vendor) ? `"${vendor}"` : vendor} ${url}`;

const joinParts = (parts: readonly string[]): string => `${parts.join("\n\n")}\n`;

/** The report holds the vendor's text, so its fence is longer than any in it: nothing becomes a mention or a link. */
function block(report: string, update: string): string {
  const fence = "`".repeat(Math.max(3, ...[...report.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  const isCut = report.length > maxReportLength;
  const lineEnd = report.lastIndexOf("\n", maxReportLength);
  const shown = isCut ? report.slice(0, lineEnd > 0 ? lineEnd : maxReportLength) : report;
  const rest = isCut ? `\n\nThe report is longer: \`${update} --explain\` prints all of it.` : "";
  return `${fence}text\n${shown}\n${fence}${rest}`;
}
