import type { TaskEvent } from "@retouch/client/node";
import type { Redis } from "ioredis";
import type { queueKeys } from "../redis/queue-keys.ts";
import type { EditUsage, Ledger, LedgerRow, RowEnd, RunTotals, StartVerdict } from "./ledger.ts";
import { toMicroUsd, toUsd } from "./micro-usd.ts";
import { scripts } from "./scripts.ts";

type Reply = string | number | null;
type Script = (...args: (string | number)[]) => Promise<Reply | Reply[]>;
type ScriptedRedis = Redis & Record<keyof typeof scripts, Script>;

/** Creates the ledger of a queue on a connection, to which it adds its scripts. */
export function createLedger(connection: Redis, keys: ReturnType<typeof queueKeys>): Ledger {
  for (const [name, { numberOfKeys, lua }] of Object.entries(scripts))
    if (!(name in connection)) connection.defineCommand(name, { numberOfKeys, lua });
  const redis = connection as ScriptedRedis;
  const { prefix } = keys;

  return {
    async start({ run, key, worker, token, attempt, maxUsd }) {
      const names = [keys.row(key), keys.run(run), keys.totals(run), keys.rate];
      const most = maxUsd === undefined ? "" : toMicroUsd(maxUsd);
      return toVerdict(await redis.retouchStart(...names, prefix, run, worker, token, attempt, most));
    },
    async takeBack({ key, token, attempt = "" }) {
      await redis.retouchTakeBack(keys.row(key), prefix, token, attempt);
    },
    async setTask({ key, token, task }) {
      await redis.retouchTask(keys.row(key), prefix, token, JSON.stringify(task));
    },
    async end({ run, key, token, end, usd, code = "", message = "", files, usage, requestId = "", task }) {
      const cost = usd === undefined ? "" : toMicroUsd(usd);
      const names = files === undefined ? "" : JSON.stringify(files);
      const tokens = usage === undefined ? "" : JSON.stringify(usage);
      const details = [cost, code, message, names, tokens, requestId];
      const open = task === undefined ? "" : JSON.stringify(task);
      await redis.retouchEnd(keys.row(key), prefix, run, token, end, ...details, open);
    },
    async hold(delayMs, { worker, server }) {
      await redis.retouchHold(keys.rate, Math.ceil(delayMs), worker, server);
    },
    async setInterval(intervalMs) {
      const before = await redis.hget(keys.rate, "interval");
      await redis.hset(keys.rate, "interval", Math.ceil(intervalMs));
      return Number(before ?? 0);
    },
    async setPaused(isPaused) {
      if (!isPaused) return void (await redis.hdel(keys.rate, "paused"));
      const [seconds] = await redis.time();
      // A second pause is the first one still.
      await redis.hsetnx(keys.rate, "paused", Number(seconds) * 1000);
    },
    async get(key) {
      return toRow(key, await redis.hgetall(keys.row(key)));
    },
    async totals(run) {
      return toTotals(await redis.hgetall(keys.totals(run)));
    },
    async allowAgain({ key, token = "" }) {
      return (await redis.retouchAllowAgain(keys.row(key), prefix, token)) === 1;
    },
  };
}

function toVerdict(reply: Reply | Reply[]): StartVerdict {
  const [verdict, first, second] = reply as Reply[];
  const number = Number(first);
  switch (verdict) {
    case "go":
      return { verdict, sentAt: number };
    case "wait":
      return { verdict, delayMs: number };
    case "unknown":
      return { verdict, sentAt: number, worker: String(second) };
    case "over-budget":
      return { verdict, usd: toUsd(number), maxUsd: toUsd(Number(second)) };
    case "unpriced":
      return { verdict, maxUsd: toUsd(number) };
    default:
      // The script has no others.
      return { verdict: verdict as "saved" | "failed" | "unwritten" | "paused" };
  }
}

/** Returns a row from its hash, which is empty if nothing is known of it. */
function toRow(key: string, fields: Readonly<Record<string, string>>): LedgerRow | undefined {
  if (Object.keys(fields).length === 0) return undefined;
  const {
    sentAt,
    worker,
    token,
    end,
    code,
    message,
    files,
    usage,
    requestId,
    past,
    reserved,
    spent,
    earlier,
    task,
  } = fields;
  const micro = Number(past ?? 0) + Math.max(Number(reserved ?? 0), Number(spent ?? 0));
  return {
    key,
    sentAt: sentAt === undefined ? undefined : Number(sentAt),
    worker,
    token,
    hasEarlier: earlier === undefined ? undefined : true,
    end: end as RowEnd | undefined,
    usd: past === undefined ? undefined : toUsd(micro),
    code,
    message,
    files: files === undefined ? undefined : (JSON.parse(files) as string[]),
    usage: usage === undefined ? undefined : (JSON.parse(usage) as EditUsage),
    requestId,
    task: task === undefined ? undefined : (JSON.parse(task) as TaskEvent),
  };
}

function toTotals(fields: Readonly<Record<string, string>>): RunTotals {
  const number = (name: string) => Number(fields[name] ?? 0);
  return {
    reservedUsd: toUsd(number("reserved")),
    spentUsd: toUsd(number("spent")),
    ends: {
      saved: number("saved"),
      failed: number("failed"),
      unknown: number("unknown"),
      unwritten: number("unwritten"),
    },
  };
}
