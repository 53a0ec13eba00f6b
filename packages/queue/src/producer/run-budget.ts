import { type Terminal, usageError } from "@retouch/cli/journal";
import type { Redis } from "ioredis";
import type { RunSettings } from "../jobs/row-job.ts";
import type { OpenQueue } from "./open-queue.ts";
import type { RunSummary } from "./run-settings.ts";

/** The budget of a run, and where it is from. */
export interface RunBudget {
  /** In US dollars; undefined if nothing limits the run. */
  readonly maxUsd: number | undefined;
  /** When it was set, in ISO 8601. */
  readonly since: string | undefined;
  /** What limited the run until then. */
  readonly before: number | undefined;
  /** Who decided: the options of this producer, an earlier one, or another one while this one runs. */
  readonly by: "options" | "earlier" | "another";
}

type StoredBudget = Pick<RunSettings, "maxUsd" | "maxUsdSince">;
interface BudgetOptions {
  readonly maxUsd?: number | undefined;
  readonly liftBudget?: boolean | undefined;
}

/**
 * Refuses options of which one sets a budget and the other lifts it.
 *
 * @throws CliError, exit code 2.
 */
export function refuseBothBudgets({ maxUsd, liftBudget }: BudgetOptions): void {
  if (maxUsd === undefined || liftBudget !== true) return;
  throw usageError("`--max-cost` sets a budget, and `--lift-budget` removes it. Give one of them.");
}

/** Decides the budget of a run. The stored one is a promise: it stays until a person changes or lifts it. Pure. */
function chooseBudget({ maxUsd, liftBudget }: BudgetOptions, stored: StoredBudget, now: string): RunBudget {
  const { maxUsd: before, maxUsdSince } = stored;
  if (liftBudget === true) return { maxUsd: undefined, since: undefined, before, by: "options" };
  if (maxUsd === undefined) return { maxUsd: before, since: maxUsdSince, before, by: "earlier" };
  return { maxUsd, since: maxUsd === before ? (maxUsdSince ?? now) : now, before, by: "options" };
}

/** Reads the budget that a run has. */
export async function readBudget(redis: Redis, name: string): Promise<StoredBudget> {
  return budgetIn(await redis.get(name));
}

function budgetIn(text: string | null): StoredBudget {
  return text === null ? {} : (JSON.parse(text) as StoredBudget);
}

/** `KEYS`: settings. `ARGV`: what they were or nothing, what they become. */
const replace = `
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
`;

/**
 * Stores the settings of a run with its budget. That is decided by what is stored in this moment: another producer may have
 * set a budget since the manifest was checked.
 */
export async function storeSettings(
  redis: Redis,
  name: string,
  { settings, options, now }: { settings: RunSettings; options: BudgetOptions; now: string },
): Promise<RunBudget> {
  for (;;) {
    const before = await redis.get(name);
    const budget = chooseBudget(options, budgetIn(before), now);
    const { maxUsd, since } = budget;
    const after = JSON.stringify({ ...settings, maxUsd, maxUsdSince: since });
    if ((await redis.eval(replace, 1, name, before ?? "", after)) === 1) return budget;
  }
}

/** Creates a function that reports when another producer has changed the budget of a run, or lifted it. */
export function createBudgetWatch(
  { redis, keys }: OpenQueue,
  run: string,
  budget: RunBudget,
  report: (budget: RunBudget) => void,
): () => Promise<void> {
  let before = budget.maxUsd;
  return async () => {
    const { maxUsd, maxUsdSince } = await readBudget(redis, keys.run(run));
    if (maxUsd === before) return;
    report({ maxUsd, since: maxUsdSince, before, by: "another" });
    before = maxUsd;
  };
}

/** Returns the budget that is to apply, and warns if a person may believe that there is one. Stores nothing. */
export async function findBudget(
  { settings, run, ...options }: BudgetOptions & { readonly settings: RunSettings; readonly run: string },
  queue: OpenQueue,
  terminal: Pick<Terminal, "warn">,
): Promise<number | undefined> {
  const stored = await readBudget(queue.redis, queue.keys.run(run));
  const { maxUsd, by } = chooseBudget(options, stored, "");
  if (maxUsd !== undefined || by === "options") return maxUsd;
  const other = await budgetOfOtherRun(settings, run, queue);
  if (other !== undefined)
    terminal.warn(
      `${settings.manifest} had a budget of USD ${other} with other contents or flags. Now it is another run, without a budget. ` +
        "Set one with `--max-cost`.",
    );
  return undefined;
}

/** Returns the budget of the last run of a manifest with other contents or settings. */
async function budgetOfOtherRun(
  settings: RunSettings,
  run: string,
  { redis, keys }: OpenQueue,
): Promise<number | undefined> {
  const name = plainName(settings);
  const others = Object.entries(await redis.hgetall(keys.runs))
    .map(([id, text]) => ({ id, ...(JSON.parse(text) as RunSummary) }))
    .filter((summary) => summary.id !== run && plainName(summary) === name)
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  const [newest] = others;
  return newest && (await readBudget(redis, keys.run(newest.id))).maxUsd;
}

/** Returns the name of a manifest without what its upload to a bucket has added. */
function plainName({ manifest, manifestSha256 }: Pick<RunSettings, "manifest" | "manifestSha256">): string {
  return manifest.replace(`.${manifestSha256.slice(0, 16)}.`, ".");
}
