import type { System } from "@retouch/cli/journal";
import type { Worker } from "bullmq";

/** How often a worker that ends looks whether a row runs, and after how many looks without one it goes on. */
const lookMs = 500;
const maxIdleLooks = 10;

/**
 * Closes what takes rows, and waits for those that run, unless `gaveUp` resolves first. BullMQ may wait forever for a
 * connection that was about to be made again when it was closed, soon after a restart of Redis: with nothing running for 5 s, there
 * is nothing to wait for.
 */
export async function closeWhenIdle(
  bull: Pick<Worker, "close">,
  running: () => number,
  gaveUp: Promise<void>,
  { every }: Pick<System["clock"], "every">,
): Promise<void> {
  let idleLooks = 0;
  let stop = (): void => undefined;
  const isIdle = new Promise<void>((resolve) => {
    stop = every(lookMs, () => {
      idleLooks = running() > 0 ? 0 : idleLooks + 1;
      if (idleLooks >= maxIdleLooks) resolve();
    });
  });
  await Promise.race([bull.close(), gaveUp, isIdle]).finally(stop);
}
