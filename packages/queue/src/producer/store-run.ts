import { type PreparedRun, storageOf } from "./prepare-run.ts";
import { type RunBudget, storeSettings } from "./run-budget.ts";
import type { RunSummary } from "./run-settings.ts";

const keysAtOnce = 4096;

/** Stores what workers and `status` need to know of a run, before its first row is queued. Returns the budget that applies. */
export async function storeRun({
  queue,
  run,
  settings,
  checked,
  found,
  system,
  options,
}: PreparedRun): Promise<RunBudget> {
  const { redis, keys } = queue;
  const { rows, problems } = checked;
  await options.upload?.check();
  await options.upload?.put(settings.manifest, options.manifest, { force: false });
  const mark = system.randomHex(8);
  const [temporary, lines] = [`${keys.rows(run)}:${mark}`, `${keys.lines(run)}:${mark}`];
  for (let at = 0; at < rows.length; at += keysAtOnce) {
    const length = Math.min(keysAtOnce, rows.length - at);
    const hex = Array.from({ length }, (_, index) => rows.keyOf(at + index)).join("");
    const numbers = Buffer.alloc(length * 4);
    for (let index = 0; index < length; index++) numbers.writeUInt32LE(rows.lineOf(at + index), index * 4);
    await redis.append(temporary, Buffer.from(hex, "hex"));
    await redis.append(lines, numbers);
  }
  await redis.rename(lines, keys.lines(run));
  await redis.rename(temporary, keys.rows(run));
  const now = new Date(system.clock.now()).toISOString();
  const summary: RunSummary = {
    manifest: settings.manifest,
    manifestSha256: settings.manifestSha256,
    isMock: options.server.isMock,
    total: rows.length,
    invalid: problems.count,
    savedBefore: found.selection.count("saved"),
    storage: storageOf(options),
    startedAt: now,
  };
  await redis.hset(keys.runs, run, JSON.stringify(summary));
  return storeSettings(redis, keys.run(run), { settings, options, now });
}
