import type { EditResult } from "@retouch/client";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { resultOf } from "../fixtures/controlled-transport.ts";
import { watchObjectUrls } from "../fixtures/watch-object-urls.ts";
import { EditSession } from "../session/edit-session.ts";
import type { EditTransport, TransportEvents } from "../transport/edit-transport.ts";
import {
  fromRunRecord,
  fromStepRecords,
  interruptedError,
  type RunRecord,
  type StepRecord,
  toRunRecord,
  toStepRecord,
} from "./records.ts";
import type { SessionStorage } from "./session-storage.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const settle = () => vi.advanceTimersByTimeAsync(40);

/** A page that a reload ends: nothing of it is stored or received any more. */
interface Page {
  isGone: boolean;
}

/** What survives a reload: the records that a browser stores. */
function createMemory() {
  const steps = new Map<string, StepRecord>();
  const runs = new Map<string, RunRecord>();
  let current: string | undefined;
  let order = 0;
  return (page: Page): SessionStorage => ({
    async open(host) {
      host.addSteps(fromStepRecords([...steps.values()], []), current ?? "");
      host.addRuns(
        [...runs.values()].map((record) => fromRunRecord(record, host.steps())),
        interruptedError,
      );
      return {
        async sync() {
          if (page.isGone) return;
          current = host.current()?.id;
          for (const step of host.steps()) {
            const record = toStepRecord(step, order++, host.steps(), host.inputsOf(step.id));
            if (!steps.has(step.id)) steps.set(step.id, record);
          }
          for (const run of host.runs()) {
            const { order: at = order++ } = runs.get(run.snapshot.id) ?? {};
            runs.set(run.snapshot.id, toRunRecord(run, host.steps(), { order: at, tab: host.tab }));
          }
        },
        close: () => undefined,
      };
    },
  });
}

/** An edit at the server, which outlives the page that has sent it. */
interface Job {
  readonly prompt: string;
  end: ((deliver: Waiter) => void) | undefined;
  readonly waiters: Set<Waiter>;
}

interface Waiter {
  readonly resolve: (result: EditResult) => void;
  readonly reject: (error: unknown) => void;
}

/** A server that counts what it is sent, and responds when the test says so. */
function createServer(arrived: string[]) {
  const jobs: Job[] = [];
  function wait(job: Job, page: Page, { signal }: Pick<TransportEvents, "signal">): Promise<EditResult> {
    return new Promise((resolve, reject) => {
      const isHere = () => !page.isGone && !signal.aborted;
      const waiter: Waiter = {
        resolve(result) {
          if (!isHere()) return;
          arrived.push(result.requestId?.replace("req_", "") ?? "");
          resolve(result);
        },
        reject: (error) => isHere() && reject(error),
      };
      signal.addEventListener("abort", () => page.isGone || reject(signal.reason));
      job.waiters.add(waiter);
      job.end?.(waiter);
    });
  }
  function transportOf(page: Page): EditTransport {
    return {
      check: async () => ({ problems: [], ok: true }) as never, // nothing else is read
      async run(params, events) {
        const job: Job = { prompt: String(params["prompt"]), end: undefined, waiters: new Set() };
        await events.onJob?.(String(jobs.length));
        if (page.isGone) return new Promise(() => undefined);
        jobs.push(job);
        return wait(job, page, events);
      },
      async collect(id, events) {
        const job = jobs[Number(id)];
        if (job === undefined) throw new Error("There is no such edit.");
        return wait(job, page, events);
      },
    };
  }
  function end(index: number, how: (waiter: Waiter) => void): boolean {
    const job = jobs[index];
    if (job === undefined || job.end !== undefined) return false;
    job.end = how;
    for (const waiter of job.waiters) how(waiter);
    return true;
  }
  return { jobs, end, transportOf };
}

const act = <const Name extends string>(name: Name) => fc.record({ do: fc.constant(name), at: fc.nat(5) });
const action = fc.oneof(
  { weight: 4, arbitrary: act("edit") },
  { weight: 4, arbitrary: act("respond") },
  ...(["fail", "cancel", "cancelOne", "retry", "reload", "reload"] as const).map((name) => {
    return { weight: 1, arbitrary: act(name) };
  }),
);

/** What a user, a server and reloads can do to a stored session, in any order. */
it("a stored session sends each edit once, and shows every result that arrived, through any reloads", async () => {
  const total = { sent: 0, arrived: 0, reloads: 0, retries: 0, collected: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
      watchObjectUrls();
      const arrived: string[] = [];
      const server = createServer(arrived);
      const memory = createMemory();
      const retried = new Map<string, number>();
      let edits = 0;
      let page: Page = { isGone: false };
      const open = async (): Promise<EditSession> => {
        const session = new EditSession({
          transport: server.transportOf(page),
          storage: memory(page),
          concurrency: "queue",
          historyLimit: 1_000,
        });
        session.subscribe(() => undefined);
        await settle();
        return session;
      };
      let session = await open();
      for (const { do: name, at } of actions) {
        const { runs } = session.getSnapshot();
        const run = runs.at(-1 - at);
        if (name === "edit") void session.edit({ prompt: `${edits++}`, image: new Blob([`${at}`]) });
        else if (name === "cancel") session.cancel();
        else if (name === "cancelOne") session.cancel(run?.id ?? "none");
        else if (name === "retry") {
          const prompt = String(run?.params["prompt"]);
          retried.set(prompt, (retried.get(prompt) ?? 0) + 1);
          total.retries++;
          if (run !== undefined) void session.retry(run.id);
        } else if (name === "reload") {
          page.isGone = true;
          page = { isGone: false };
          session = await open();
          total.reloads++;
        } else {
          const index = server.jobs.findIndex(({ end }) => end === undefined);
          const isCollected = (server.jobs[index]?.waiters.size ?? 0) > 1;
          if (name === "respond" && isCollected) total.collected++;
          server.end(index, (waiter) =>
            name === "respond" ? waiter.resolve(resultOf(`${index}`)) : waiter.reject(new Error("no")),
          );
        }
        await settle();

        for (const prompt of new Set(server.jobs.map((job) => job.prompt))) {
          const sent = server.jobs.filter((job) => job.prompt === prompt).length;
          expect(sent, `edit ${prompt}`).toBeLessThanOrEqual(1 + (retried.get(prompt) ?? 0));
        }
        const { steps } = session.getSnapshot();
        const shown = await Promise.all(steps.map(({ blob }) => blob?.text()));
        expect(shown).toEqual(expect.arrayContaining(arrived));
      }
      total.sent += server.jobs.length;
      total.arrived += arrived.length;
      page.isGone = true;
      vi.restoreAllMocks();
    }),
    { numRuns: 400 },
  );
  // A session that does nothing keeps all of the above.
  for (const [what, count] of Object.entries(total)) expect(count, what).toBeGreaterThan(10);
});
