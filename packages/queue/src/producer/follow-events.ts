import type { Redis } from "ioredis";
import type { EditUsage, RowEnd } from "../ledger/ledger.ts";

/** How a row ended, as the ledger says it to those who follow its run. */
export interface RowEvent {
  readonly key: string;
  /** `again` if it may be sent once more. */
  readonly end: RowEnd | "again";
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly usd?: number | undefined;
  readonly files: readonly string[];
  readonly usage?: EditUsage | undefined;
  readonly requestId?: string | undefined;
  readonly worker?: string | undefined;
}

type Entry = readonly [id: string, fields: readonly string[]];

/** Returns the id of the newest event of a stream: what comes later is read by {@link followEvents}. */
export async function lastEventId(redis: Redis, stream: string): Promise<string> {
  const [newest] = (await redis.xrevrange(stream, "+", "-", "COUNT", 1)) as readonly Entry[];
  return newest?.[0] ?? "0-0";
}

const blockMs = 2_000;

/** Follows a stream on a connection of its own. Returns a function that stops, and rejects if following failed. */
export function followEvents(
  redis: Redis,
  stream: string,
  from: string,
  onEvent: (event: RowEvent) => void,
): { stop(): void; readonly failed: Promise<never> } {
  // A command that blocks would hold up all others.
  const own = redis.duplicate();
  own.on("error", () => undefined);
  let isStopped = false;
  async function follow(): Promise<void> {
    let last = from;
    while (!isStopped) {
      const read = await own.xread("COUNT", 500, "BLOCK", blockMs, "STREAMS", stream, last).catch((error) => {
        if (isStopped) return null;
        throw error;
      });
      for (const [, entries] of (read ?? []) as readonly (readonly [string, readonly Entry[]])[]) {
        for (const [id, fields] of entries) {
          last = id;
          if (!isStopped) onEvent(toEvent(fields));
        }
      }
    }
  }
  const failed = follow().then(() => new Promise<never>(() => undefined));
  failed.catch(() => undefined);
  return {
    failed,
    stop() {
      isStopped = true;
      own.disconnect();
    },
  };
}

function toEvent(fields: readonly string[]): RowEvent {
  const found: Record<string, string> = {};
  for (let at = 0; at + 1 < fields.length; at += 2) found[String(fields[at])] = String(fields[at + 1]);
  const { key = "", end, code, message, usd, files, usage, requestId, worker } = found;
  return {
    key,
    end: end as RowEvent["end"],
    code: code || undefined,
    message: message || undefined,
    usd: usd ? Number(usd) / 1e6 : undefined,
    files: files ? (JSON.parse(files) as string[]) : [],
    usage: usage ? (JSON.parse(usage) as EditUsage) : undefined,
    requestId: requestId || undefined,
    worker: worker || undefined,
  };
}
