import { type CommandContext, exitCodes, toSafeJson } from "@retouch/cli/journal";
import { openQueue } from "../producer/open-queue.ts";
import { countJobs } from "../producer/queue-jobs.ts";
import { readQueueFlags } from "./queue-flags.ts";

/** Runs `retouch-queue pause`. */
export const pauseQueue = (context: CommandContext) => setPaused(true, context);

/** Runs `retouch-queue resume`. */
export const resumeQueue = (context: CommandContext) => setPaused(false, context);

async function setPaused(isPaused: boolean, { parsed, terminal, json }: CommandContext): Promise<number> {
  // It sends nothing, so it needs no promise of Redis.
  const queue = await openQueue({ ...readQueueFlags(parsed), acceptRedisLoss: true });
  try {
    // The ledger holds rows that workers have in hand; BullMQ gives them no others.
    await queue.ledger.setPaused(isPaused);
    await (isPaused ? queue.jobs.pause() : queue.jobs.resume());
    const { waiting, running } = await countJobs(queue);
    if (json) terminal.data(toSafeJson({ queue: queue.name, paused: isPaused, waiting, running }, 2));
    else {
      terminal.data(
        isPaused
          ? `Paused ${queue.name}: nothing more is sent. ${running} row(s) are in hand, and edits in flight finish.`
          : `Resumed ${queue.name}: ${waiting} row(s) wait.`,
      );
    }
    return exitCodes.ok;
  } finally {
    await queue.close();
  }
}
