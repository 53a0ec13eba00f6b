import { sanitizeText } from "@retouch/cli/journal";
import type { LedgerRow } from "../ledger/ledger.ts";
import { hostOf } from "./worker-command.ts";

/** What workers of a machine have left. */
interface LeftRows {
  unknown: number;
  unwritten: number;
  /** Why images were not stored. */
  readonly codes: Set<string>;
}

/** What is left on machines, by their hosts: rows that are unknown and have no task, and unwritten ones. */
export type LeftByHost = Map<string, LeftRows>;

/** Counts a row for the machine of its worker. One whose task any worker polls is left on none. */
export function countLeft(left: LeftByHost, { worker, end, task, code }: LedgerRow): void {
  if (worker === undefined || (end !== "unwritten" && task !== undefined)) return;
  const host = hostOf(worker);
  const ofHost = left.get(host) ?? { unknown: 0, unwritten: 0, codes: new Set() };
  ofHost[end === "unwritten" ? "unwritten" : "unknown"]++;
  if (end === "unwritten" && code !== undefined) ofHost.codes.add(code);
  left.set(host, ofHost);
}

/** Says where what is left of rows is: only a worker of that machine can end them without a second POST. */
export function leftLines(left: LeftByHost, command: string): string[] {
  return [...left].map(([host, { unknown, unwritten, codes }]) => {
    const why = codes.size === 0 ? "" : ` (${[...codes].join(", ")})`;
    const seen = [
      ...(unwritten > 0
        ? [`${unwritten} unwritten row(s)${why}, whose images or responses are stored there`]
        : []),
      ...(unknown > 0 ? [`${unknown} unknown row(s), whose responses it may have`] : []),
    ];
    return sanitizeText(
      `${host} has ${seen.join(", and ")}. Start a worker there, which sends none of them again: \`${command}\`.`,
    );
  });
}
