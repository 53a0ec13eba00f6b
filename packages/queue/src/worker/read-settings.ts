import type { RowJob, RunSettings } from "../jobs/row-job.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { RowResult } from "./row-context.ts";

/** Creates a function that reads the settings of a run once: its id is made from them. */
export function createSettingsReader(
  read: (run: string) => Promise<string | null>,
): (run: string) => Promise<RunSettings | undefined> {
  const known = new Map<string, RunSettings>();
  return async (run) => {
    const before = known.get(run);
    if (before !== undefined) return before;
    const text = await read(run);
    if (text === null) return undefined;
    const settings = JSON.parse(text) as RunSettings;
    known.set(run, settings);
    return settings;
  };
}

/** Ends a job whose run was removed from Redis: nothing says where its row is. */
export async function endWithoutRun({ run, key }: RowJob, ledger: Ledger): Promise<RowResult> {
  const message = `The run ${run} is not in Redis. The row was not sent. Run the producer again.`;
  const ended = { end: "failed", code: "run_missing", message } as const;
  await ledger.end({ run, key, token: "", ...ended });
  return { type: "ended", ...ended };
}
