import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { setUpRedis } from "../fixtures/set-up-redis.ts";
import { queueKeys } from "../redis/queue-keys.ts";
import { createLedger } from "./create-ledger.ts";
import type { EndReport, Ledger, RowEnd, StartVerdict } from "./ledger.ts";
import { LedgerModel } from "./model.ts";

const tests = setUpRedis();

const rows = ["a", "b", "c"].map((letter) => letter.repeat(32));
const runs = ["one", "two"];
const intervalMs = 2;
const budgetUsd = 0.3;
const mostUsd = 0.1;
const by = { worker: "w", server: "https://images.test" };

/** A delivery of a row to a worker: its token, and how far its attempts have come. */
const delivery = fc.record({
  key: fc.constantFrom(...rows),
  run: fc.constantFrom(...runs),
  token: fc.constantFrom("t1", "t2", "t3"),
});
/** Also one without a token, as of a run that is gone, which has sent nothing. */
const reporter = fc.record({
  key: fc.constantFrom(...rows),
  run: fc.constantFrom(...runs),
  token: fc.constantFrom("t1", "t2", "t3", ""),
});
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant("start" as const),
      at: delivery,
      attempt: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("takeBack" as const),
      at: delivery,
      attempt: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("end" as const),
      at: reporter,
      end: fc.constantFrom<RowEnd>("saved", "failed", "unknown", "unwritten"),
      usd: fc.option(fc.double({ min: 0, max: mostUsd, noNaN: true }), { nil: undefined }),
      hasTask: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("setTask" as const), at: delivery }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("hold" as const), delayMs: fc.integer({ min: 0, max: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("allowAgain" as const),
      key: fc.constantFrom(...rows),
      isLate: fc.boolean(),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Returns the time by the clock of Redis that a verdict was made at; any time gives the others. */
function timeOf(verdict: StartVerdict, model: LedgerModel): number {
  if (verdict.verdict === "go") return verdict.sentAt;
  return verdict.verdict === "wait" ? model.nextMs - verdict.delayMs : model.nextMs;
}

const taskOf = ({ token }: { readonly token: string }) => ({
  taskId: `task of ${token}`,
  statusUrl: "https://images.test/v1/tasks/1",
  dialect: {},
});

async function allowAgain(
  { key, isLate }: { readonly key: string; readonly isLate: boolean },
  ledger: Ledger,
  model: LedgerModel,
): Promise<undefined> {
  const before = await ledger.get(key);
  const request = { key, token: isLate ? "t0" : before?.token };
  const isAllowed = await ledger.allowAgain(request);
  expect(model.allowAgain(request)).toBe(isAllowed);
  if (isLate) expect(isAllowed).toBe(false);
}

/** Plays a step on both. Only what a hold makes of the time cannot be compared: the model learns it from the script. */
async function play(
  step: Step,
  ledger: Ledger,
  model: LedgerModel,
  prefix: string,
): Promise<StartVerdict | undefined> {
  switch (step.type) {
    case "start": {
      const worker = `worker of ${step.at.token}`;
      const request = { ...step.at, worker, attempt: step.attempt, maxUsd: mostUsd };
      const verdict = await ledger.start(request);
      expect(model.start(request, timeOf(verdict, model))).toEqual(verdict);
      return verdict;
    }
    case "takeBack":
      await ledger.takeBack({ ...step.at, attempt: step.attempt });
      model.takeBack({ ...step.at, attempt: step.attempt });
      return undefined;
    case "end": {
      const open = step.hasTask ? taskOf(step.at) : undefined;
      const report: EndReport = { ...step.at, end: step.end, usd: step.usd, code: "seen", task: open };
      await ledger.end(report);
      const { sentAt = 0 } = (await ledger.get(report.key)) ?? {};
      model.end(report, sentAt);
      return undefined;
    }
    case "setTask": {
      const request = { ...step.at, task: taskOf(step.at) };
      await ledger.setTask(request);
      model.setTask(request);
      return undefined;
    }
    case "hold": {
      await ledger.hold(step.delayMs, by);
      model.hold(step.delayMs, Number(await tests.redis.hget(`${prefix}:rate`, "heldAt")));
      return undefined;
    }
    default:
      return allowAgain(step, ledger, model);
  }
}

describe("the ledger and its model", () => {
  it("decide the same, and hold the promises, in any order of calls", async () => {
    let played = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const keys = queueKeys(`property-${played++}`);
        const ledger = createLedger(tests.redis, keys);
        const model = new LedgerModel();
        await ledger.setInterval(intervalMs);
        model.intervalMs = intervalMs;
        for (const run of runs) {
          model.addRun(run, budgetUsd);
          await tests.redis.set(keys.run(run), JSON.stringify({ maxUsd: budgetUsd }));
        }
        const sent: number[] = [];
        const allowed = new Map(rows.map((key) => [key, 1]));
        const saved = new Map<string, unknown>();
        for (const each of steps) {
          const before = each.type === "start" ? await ledger.get(each.at.key) : undefined;
          const verdict = await play(each, ledger, model, keys.prefix);
          if (each.type === "start" && verdict?.verdict === "go" && verdict.sentAt !== before?.sentAt) {
            // A retry is asked for only after a refusal, which gives back the permission.
            const isRetry = before?.token === each.at.token && before.sentAt !== undefined;
            const left = (allowed.get(each.at.key) ?? 0) - (isRetry ? 0 : 1);
            expect(left).toBeGreaterThanOrEqual(0);
            allowed.set(each.at.key, left);
            const last = sent.at(-1);
            if (last !== undefined) expect(verdict.sentAt - last).toBeGreaterThanOrEqual(intervalMs);
            sent.push(verdict.sentAt);
          }
          for (const key of rows) {
            const row = await ledger.get(key);
            expect(row ?? { key }).toMatchObject(JSON.parse(JSON.stringify(model.get(key) ?? {})) as object);
            // Only of the attempt that was sent last, and never of a row that is saved.
            expect(row?.task).toEqual(model.get(key)?.task);
            if (row?.task !== undefined) expect(row.task.taskId).toBe(`task of ${row.token}`);
            if (row?.task !== undefined && row.end === "saved") throw new Error("a saved row has a task");
            // Taken back or allowed again: one delivery may send it.
            if (row?.sentAt === undefined) allowed.set(key, 1);
            // What it cost may come later, with the end of an attempt that a person asked for.
            if (saved.has(key)) expect({ ...row, usd: 0 }).toEqual(saved.get(key));
            else if (row?.end === "saved") saved.set(key, { ...row, usd: 0 });
          }
          for (const run of runs) {
            const totals = await ledger.totals(run);
            expect(totals).toEqual(model.totals(run));
            expect(totals.reservedUsd + totals.spentUsd).toBeLessThanOrEqual(budgetUsd + 1e-9);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
