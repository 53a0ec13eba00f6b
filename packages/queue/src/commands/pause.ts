import { type CommandContext, exitCodes, toSafeJson } from "@retouch/cli/journal";
import { liftHold, readHolds } from "../ledger/holds.ts";
import { openQueue } from "../producer/open-queue.ts";
import { countJobs } from "../producer/queue-jobs.ts";
import { toHoldDocument } from "./describe-hold.ts";
import { readQueueFlags } from "./queue-flags.ts";

/** Runs `retouch-queue pause`. */
export const pauseQueue = (context: CommandContext) => setPaused(true, context);

/** Runs `retouch-queue resume`. */
export const resumeQueue = (context: CommandContext) => setPaused(false, context);

/** `resume` ends a pause; a server that asked to wait is right, so that hold is lifted only if a person asks for it. */
async function setPaused(isPaused: boolean, { parsed, terminal, json }: CommandContext): Promise<number> {
  const isLift = parsed.has("lift-hold");
  // It sends nothing, so it needs no promise of Redis.
  const queue = await openQueue({ ...readQueueFlags(parsed), acceptRedisLoss: true });
  try {
    // The ledger holds rows that workers have in hand; BullMQ gives them no others.
    await queue.ledger.setPaused(isPaused);
    await (isPaused ? queue.jobs.pause() : queue.jobs.resume());
    const lifted = isLift && (await liftHold(queue.redis, queue.keys));
    // BullMQ gives workers no rows either while it is limited.
    if (isLift) await queue.jobs.removeRateLimitKey();
    const holds = isPaused ? [] : (await readHolds(queue.redis, queue.keys)).map(toHoldDocument);
    const { waiting, running } = await countJobs(queue);
    const facts = {
      queue: queue.name,
      paused: isPaused,
      ...(!isPaused && { lifted, holds }),
      waiting,
      running,
    };
    if (json) terminal.data(toSafeJson(facts, 2));
    else {
      terminal.data(
        isPaused
          ? `Paused ${queue.name}: nothing more is sent. ${running} row(s) are in hand, and edits in flight finish.`
          : `Resumed ${queue.name}: ${waiting} row(s) wait.`,
      );
      if (lifted) terminal.data("Lifted the hold. Workers send again within a minute.");
      else if (isLift) terminal.data("No server holds the queue, so there was nothing to lift.");
      for (const { message } of holds) terminal.data(message);
    }
    return exitCodes.ok;
  } finally {
    await queue.close();
  }
}
