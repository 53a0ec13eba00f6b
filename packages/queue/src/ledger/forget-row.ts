import type { Redis } from "ioredis";

/** `KEYS`: row. Its state is looked at once more, because a producer may have queued it meanwhile. */
const forget = `
local row = redis.call('HMGET', KEYS[1], 'end', 'sentAt', 'earlier')
local isOver = row[1] == 'saved' or row[1] == 'failed' or not (row[1] or row[2] or row[3])
if not isOver then return 0 end
redis.call('UNLINK', KEYS[1])
return 1
`;

/** Removes what the ledger has of a row, unless it may be billed without an image. Returns whether it is gone. */
export async function forgetRow(redis: Redis, name: string): Promise<boolean> {
  return (await redis.eval(forget, 1, name)) === 1;
}
