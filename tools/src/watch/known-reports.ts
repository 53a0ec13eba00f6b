import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** A pull request or an issue that an earlier run opened, as `gh` prints it. */
export interface KnownReport {
  number: number;
  /** `OPEN`, `CLOSED` or `MERGED`. */
  state: string;
}

export interface KnownIssue extends KnownReport {
  title: string;
  /** `COMPLETED` or `NOT_PLANNED` once it is closed. */
  stateReason?: string | null;
}

/** All of them, open and closed, as `gh pr list --json` and `gh issue list --json` print them. */
export interface KnownReports {
  pulls: readonly (KnownReport & { headRefName: string })[];
  issues: readonly KnownIssue[];
}

/**
 * Reads `pulls.json` and `issues.json` of a directory.
 *
 * @throws Error for a missing or broken list: without it, a document would be reported again each day.
 */
export async function readKnownReports(directory: string): Promise<KnownReports> {
  const read = async (name: string) => {
    const list = JSON.parse(await readFile(join(directory, name), "utf8")) as unknown;
    if (!Array.isArray(list)) throw new Error(`${name} is not a list. Save \`gh ... list --json\` there.`);
    return list;
  };
  return { pulls: await read("pulls.json"), issues: await read("issues.json") };
}

export const isOpen = ({ state }: KnownReport): boolean => state === "OPEN";

/**
 * Returns whether a pull request for the same document makes another one unnecessary: it is open, or was rejected. A
 * merged one does not: the vendor may go back to an earlier document.
 */
export const settlesPull = (pull: KnownReport): boolean => isOpen(pull) || pull.state === "CLOSED";

/** Returns whether an issue about the same document makes another one unnecessary: it is open, or not planned. */
export const settlesIssue = (issue: KnownIssue): boolean =>
  isOpen(issue) || issue.stateReason === "NOT_PLANNED";
