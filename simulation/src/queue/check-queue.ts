import { hasOpenTask } from "../../../packages/queue/src/ledger/open-task.ts";
import type { DiskNode, FileNode } from "../world/disk.ts";
import type { Bill } from "../world/sim-process.ts";
import type { Receipt, Task } from "../world/task-desk.ts";
import type { World } from "../world/world.ts";
import type { SimRedis } from "./sim-redis.ts";

/** Time in which a process stores a response, also on a slow disk. */
const graceMs = 2_000;

/** What is checked once each row has ended. */
export interface EndOfQueue {
  readonly world: World;
  readonly redis: SimRedis;
  readonly intervalMs: number;
  readonly usdPerRow: number;
  /** Times in which a 429 held the queue. */
  readonly holds: readonly { readonly fromMs: number; readonly toMs: number }[];
  report(what: string): void;
}

/** Each row has an end, what arrived is a file, the rate was held, and the counts agree. */
export function checkEnd(end: EndOfQueue): void {
  for (const { key, line } of end.redis.jobs)
    checkRow(key, `hat ${line - 1}`, `/data/out/${line - 1}.png`, end);
  checkTotals(end);
  checkTimes(end);
  checkOutboxes(end);
}

function checkRow(
  key: string,
  prompt: string,
  name: string,
  { world, redis, usdPerRow, report }: EndOfQueue,
) {
  const bills = world.bank.bills.filter((bill) => bill.prompt === prompt);
  const row = redis.ledger.get(key);
  const end = row?.end;
  const file = world.machines[0]?.tree.find(name);
  const image = file !== undefined && "data" in file ? file.data : undefined;
  if (end === undefined) report(`${prompt} has no end`);
  if (image !== undefined && !bills.some((bill) => bill.images[0]?.equals(image)))
    report(`The file of ${prompt} is not an image of the bank`);
  const tasks = [...(world.bank.tasks?.tasks.values() ?? [])].filter(({ bill }) => bills.includes(bill));
  const hasArrived = bills.some(mustBeSaved) || tasks.some(({ delivered }) => delivered.some(hadTime));
  // What a full disk cannot hold is unknown, and the ledger says why.
  if (!wasFull(world) && hasArrived && image === undefined)
    report(`A response of ${prompt} arrived, and it is ${end} without a file`);
  // `--accept-redis-loss`: of these rows the ledger no longer knows everything.
  if (redis.lostSends.has(key)) return;
  if (hasOpenTask(row)) report(`The task of ${prompt} was not polled to its end`);
  // The ledger takes no task of an attempt after which a person has asked for the next one; `recover` polls that.
  const isTold = ({ id, announced }: Task) =>
    redis.knownTasks.has(id) || (announced.some(hadTime) && !isInJournal(id, world));
  const left = tasks.find((task) => hasImages(task) && isTold(task));
  if (end !== "saved" && left !== undefined)
    report(`The server has the image of ${prompt} in ${left.id}, and the row is ${end}`);
  if ((end === "saved") !== (image !== undefined))
    report(`${prompt} is ${end}, and its file ${image === undefined ? "is missing" : "exists"}`);
  if (bills.length > 0 && end === "failed") report(`${prompt} was billed, and is called failed`);
  if (bills.length > 0 && (row?.usd ?? 0) < bills.length * usdPerRow - 1e-6)
    report(`${prompt} was billed ${bills.length} times, and counts USD ${row?.usd}`);
  if (bills.length === 0 && end === "failed" && (row?.usd ?? 0) > 0)
    report(`${prompt} was not billed, and counts USD ${row?.usd}`);
}

function checkTotals({ redis, report }: EndOfQueue): void {
  const { reservedUsd, spentUsd, ends } = redis.ledger.totals(redis.run);
  const rows = redis.jobs.map(({ key }) => redis.ledger.get(key));
  if (redis.lostSends.size > 0) return;
  for (const [end, count] of Object.entries(ends)) {
    const found = rows.filter((row) => row?.end === end).length;
    if (found !== count) report(`The totals count ${count} ${end} rows of ${found}`);
  }
  const usd = rows.reduce((sum, row) => sum + (row?.usd ?? 0), 0);
  if (reservedUsd > 0) report(`USD ${reservedUsd} are still reserved`);
  if (Math.abs(spentUsd - usd) > 1e-6) report(`The totals count USD ${spentUsd} of ${usd}`);
}

function checkTimes({ redis, intervalMs, holds, report }: EndOfQueue): void {
  const gaps = redis.sentAt.slice(1).map((at, index) => at - (redis.sentAt[index] ?? 0));
  if (gaps.some((gap) => gap < intervalMs)) report(`Two rows were sent within ${Math.min(...gaps)} ms`);
  for (const { fromMs, toMs } of holds)
    if (redis.sentAt.some((at) => at > fromMs && at < toMs))
      report("A row was sent while a 429 held the queue");
}

/** Once the storage takes everything, it has each image of an outbox, unless an open row names that for the next worker. */
function checkOutboxes({ world, report }: EndOfQueue): void {
  if (wasFull(world)) return;
  for (const { name, tree } of world.machines) {
    const stored = filesBelow("/data/out", tree.find("/data/out")).map(([, { data }]) => data);
    const files = filesBelow("/state/batches", tree.find("/state/batches"));
    const rows = files.filter(([file]) => file.includes("/open/")).map(([, { data }]) => data.toString());
    for (const [file, { data }] of files) {
      const isNamed = rows.some((row) => row.includes(JSON.stringify(file)));
      if (!/\/outbox\/.*\.png$/.test(file) || isNamed || stored.some((image) => image.equals(data))) continue;
      report(`Nothing names ${file} of ${name}`);
    }
  }
}

/** Returns whether the last line about an edit, in the journal of a worker, has a task. */
function isInJournal(taskId: string, { machines }: World): boolean {
  const journals = machines.flatMap(({ tree }) => filesBelow("/state/batches", tree.find("/state/batches")));
  return journals.some(([file, { data }]) => {
    if (!file.endsWith("/journal.jsonl")) return false;
    const lines = data.toString().split("\n");
    const at = lines.findLastIndex((line) => line.includes(`"taskId":${JSON.stringify(taskId)}`));
    const id = /"id":"\w+"/.exec(lines[at] ?? "")?.[0];
    return id !== undefined && !lines.slice(at + 1).some((line) => line.includes(id));
  });
}

function filesBelow(name: string, node: DiskNode | undefined): (readonly [string, FileNode])[] {
  if (node?.kind === "file") return [[name, node]];
  return [...(node?.entries ?? [])].flatMap(([entry, child]) => filesBelow(`${name}/${entry}`, child));
}

/** Returns whether a disk was full, which cannot hold every response. */
function wasFull({ story }: World): boolean {
  return story.some(({ what }) => what.startsWith("the disk of"));
}

/** Returns whether a task has an image that the server never forgets. */
function hasImages({ isFailure, forgottenAtMs }: Task): boolean {
  return !isFailure && forgottenAtMs === Number.POSITIVE_INFINITY;
}

function mustBeSaved({ arrivedAtMs, process }: Bill): boolean {
  return arrivedAtMs !== undefined && hadTime({ process, atMs: arrivedAtMs });
}

/** Returns whether a process had the time to store what it received. */
function hadTime({ process: { death, wasFrozen, endedAtMs = 0 }, atMs }: Receipt): boolean {
  return death === undefined || (!wasFrozen && endedAtMs > atMs + graceMs);
}
