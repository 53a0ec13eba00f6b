import { exitCodes } from "@retouch/cli/journal";
import type { RowResult } from "./row-context.ts";

/** Consecutive rejections of key or quota that stop a worker: every further row would be rejected too. */
const maxConsecutiveRefusals = 3;
/** The disk of the worker: the next billed image could not be written either. */
const diskCodes: readonly (string | undefined)[] = ["disk_full", "write_failed", "response_not_saved"];

/** Creates a function that takes how rows ended, and returns why no further one should be sent. */
export function createStopRule(): (result: RowResult) => string | undefined {
  let refusals = 0;
  return (result) => {
    if (result.type !== "ended") return undefined;
    const { exitCode, code, message, end } = result;
    refusals = exitCode === exitCodes.auth || exitCode === exitCodes.quota ? refusals + 1 : 0;
    if (refusals >= maxConsecutiveRefusals)
      return `${refusals} rows in a row were rejected. Nothing more is sent by this worker. ${message}`;
    if (end !== "saved" && diskCodes.includes(code))
      return `An image could not be written. Nothing more is sent by this worker. ${message}`;
    return undefined;
  };
}
