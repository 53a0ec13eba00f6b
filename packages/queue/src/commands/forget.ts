import { CliError, type CommandContext, exitCodes, toSafeJson } from "@retouch/cli/journal";
import { forgetRow } from "../ledger/forget-row.ts";
import { type OpenQueue, openQueue } from "../producer/open-queue.ts";
import { readQueueFlags } from "./queue-flags.ts";
import { countRun, type FoundRun, findRun, rowKeys } from "./runs.ts";

const keysAtOnce = 1024;

/**
 * Runs `retouch-queue forget`: removes what the ledger has of a run that is over. It refuses while a row may still be
 * billed, or its image is not written: what is forgotten could be sent again.
 */
export async function forgetRun({ parsed, terminal, json }: CommandContext): Promise<number> {
  const [manifest = ""] = parsed.operands;
  const queue = await openQueue({ ...readQueueFlags(parsed), acceptRedisLoss: true });
  try {
    const found = await findRun(manifest, queue);
    const { run, total, invalid } = found;
    const { counts, queued } = await countRun(run, total, invalid, queue);
    const { unknown, unwritten } = counts;
    if (queued + unknown + unwritten > 0) throw refused(manifest, { queued, unknown, unwritten });
    await removeRun(manifest, found, queue);
    if (json) terminal.data(toSafeJson({ manifest, run, forgotten: total }, 2));
    else
      terminal.data(
        `Forgot ${total} row(s) of ${manifest}. Running it again sends those whose image is not in the way.`,
      );
    return exitCodes.ok;
  } finally {
    await queue.close();
  }
}

function refused(manifest: string, counts: Readonly<Record<string, number>>): CliError {
  const seen = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`);
  return new CliError(
    `${manifest} is not over: ${seen.join(", ")}. Nothing was forgotten: these rows could be billed twice. ` +
      "Let them end, or resolve them with `retouch-queue retry` or `retouch recover`.",
    { exitCode: exitCodes.usage, code: "run_not_over" },
  );
}

/** Removes the rows first: a run that is cut off in the middle can be forgotten again. */
async function removeRun(manifest: string, { run, total }: FoundRun, queue: OpenQueue): Promise<void> {
  const { redis, keys } = queue;
  for (let at = 0; at < total; at += keysAtOnce) {
    const rows = await rowKeys(run, at, Math.min(at + keysAtOnce, total), queue);
    const areGone = await Promise.all(rows.map((key) => forgetRow(redis, keys.row(key))));
    const left = areGone.filter((isGone) => !isGone).length;
    if (left > 0) throw refused(manifest, { "sent meanwhile": left });
  }
  await redis.hdel(keys.runs, run);
  const ofRun = [keys.run, keys.totals, keys.events, keys.reasons, keys.rows, keys.lines];
  await redis.unlink(...ofRun.map((name) => name(run)));
}
