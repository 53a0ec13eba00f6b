import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { startImageServer } from "../fixtures/image-server.ts";
import { recordsOf } from "../fixtures/open-rows.ts";
import type { QueueWorld } from "../fixtures/queue-world.ts";
import { setUpWorkers } from "../fixtures/start-workers.ts";
import type { Storage } from "../storage/storage.ts";
import { closeRow, openRow } from "./end-row.ts";

const tests = setUpWorkers();

/** A promise that a test resolves. */
function createGate(): { readonly opened: Promise<undefined>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<undefined>((resolve) => {
    open = () => resolve(undefined);
  });
  return { opened, open: () => open() };
}

/**
 * Creates a world of one row and a worker that has sent it, cannot store its image, and seems to have ended. The server
 * responds to its post, and to the next one, when the test lets it.
 */
async function setUp() {
  const [sent, first, second] = [createGate(), createGate(), createGate()];
  const images = await startImageServer((_, post) => {
    if (post > 1) return second.opened;
    sent.open();
    return first.opened;
  });
  tests.cleanUp(async () => {
    first.open();
    second.open();
    await images.close();
  });
  const { world, queue } = await tests.createWorld(images.url, 1);
  const records = recordsOf(world, queue);
  const put = async () => {
    throw new Error("The bucket is gone.");
  };
  const full: Storage = { ...world.storage, put };
  await world.add([0]);
  const woken = await tests.startWorker(world, queue, { storage: full, concurrency: 1 });
  await sent.opened;
  await expire(world, records);
  return { world, queue, images, records, woken, first, second };
}

/** Removes what shows that a worker lives, as if it was stopped for so long that its lock and its claims are stale. */
async function expire(world: QueueWorld, records: string): Promise<void> {
  await rm(path.join(records, "lock"));
  await rm(path.join(world.root, "state/claims"), { recursive: true });
}

/** Allows the row once more, and queues it. */
async function askAgain(world: QueueWorld): Promise<void> {
  const { key } = world.job(0);
  const { token } = (await world.ledger.get(key)) ?? {};
  expect(await world.ledger.allowAgain({ key, token })).toBe(true);
  await world.jobs.obliterate({ force: true });
  await world.add([0]);
}

/** Lists the files of a directory, with those below it. */
async function filesIn(directory: string): Promise<string[]> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe(closeRow, () => {
  it("leaves the row that names the image of a worker that woke while another attempt was in flight", async () => {
    const { world, queue, images, records, woken, first, second } = await setUp();
    const taker = await tests.startWorker(world, queue);
    expect(taker.events).toEqual([{ type: "finished-left", rows: 1 }]);
    await askAgain(world);
    await taker.until(() => taker.events.some(({ type }) => type === "started"));
    first.open();
    expect(await woken.ended()).toMatchObject({ end: "unwritten" });
    second.open();
    expect(await taker.ended()).toMatchObject({ end: "saved" });
    expect(await filesIn(path.join(records, "outbox"))).toEqual(["0.png"]);
    for (const { worker } of [woken, taker]) await worker.close();
    // It has the same bytes as the image of the other attempt, so the storage takes it.
    const next = await tests.startWorker(world, queue);
    expect(next.events).toEqual([{ type: "finished-left", rows: 1 }]);
    expect(await filesIn(records)).not.toContain("0.png");
    expect(images.posts).toHaveLength(2);
    expect((await world.ledger.totals(world.run)).ends).toMatchObject({ saved: 1, unwritten: 0 });
  });
});

describe(openRow, () => {
  it("replaces no row of a worker that woke while inputs were copied for another attempt, which is not sent", async () => {
    const { world, queue, images, records, woken, first } = await setUp();
    const [asked, copied] = [createGate(), createGate()];
    tests.cleanUp(async () => copied.open());
    const away: Storage = {
      ...world.storage,
      async fetchInput(...given) {
        if (given[0] === "photo.png") {
          asked.open();
          await copied.opened;
        }
        return world.storage.fetchInput(...given);
      },
    };
    const taker = await tests.startWorker(world, queue, { storage: away });
    await askAgain(world);
    await asked.opened;
    first.open();
    expect(await woken.ended()).toMatchObject({ end: "unwritten" });
    // What the person asked for is not needed any more.
    copied.open();
    expect(await taker.ended()).toMatchObject({ end: "unwritten" });
    for (const { worker } of [woken, taker]) await worker.close();
    const next = await tests.startWorker(world, queue);
    expect(next.events).toEqual([{ type: "finished-left", rows: 1 }]);
    expect(await filesIn(records)).not.toContain("0.png");
    expect(images.posts).toHaveLength(1);
    expect((await world.ledger.totals(world.run)).ends).toMatchObject({ saved: 1, unwritten: 0 });
  });
});
