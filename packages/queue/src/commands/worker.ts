import type { CommandContext } from "@retouch/cli/journal";

/** Runs `retouch-queue worker`. */
export async function runWorker(_context: CommandContext): Promise<number> {
  throw new Error("not yet");
}
