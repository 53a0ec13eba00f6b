import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { controlledTransport, imageOf } from "../fixtures/controlled-transport.ts";
import { watchObjectUrls } from "../fixtures/watch-object-urls.ts";
import { EditSession } from "./edit-session.ts";
import { isPending, type Step } from "./edit-state.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const settle = () => vi.advanceTimersByTimeAsync(40);
const act = <const Name extends string>(name: Name) => fc.record({ do: fc.constant(name), at: fc.nat(9) });
const action = fc.oneof(
  { weight: 4, arbitrary: act("edit") },
  { weight: 3, arbitrary: act("succeed") },
  ...(
    [
      "fail",
      "preview",
      "progress",
      "cancel",
      "retry",
      "undo",
      "redo",
      "jump",
      "load",
      "clear",
      "clearError",
      "cancelOne",
      "retryOne",
      "editAgain",
    ] as const
  ).map((name) => ({ weight: 1, arbitrary: act(name) })),
);

/** What a user, a server and a page can do to a session, in any order. The counters show that it did something. */
it("a session sends one edit at a time, keeps billed images, leaks no URL and settles every promise", async () => {
  const total = { sent: 0, finished: 0, previews: 0, canceled: 0, settled: 0 };
  const policy = fc.constantFrom("drop" as const, "replace" as const, "queue" as const);
  await fc.assert(
    fc.asyncProperty(policy, fc.array(action, { maxLength: 40 }), async (concurrency, actions) => {
      const { alive } = watchObjectUrls();
      const transport = controlledTransport();
      const finished: Step[] = [];
      const session = new EditSession({
        transport,
        concurrency,
        historyLimit: 1_000,
        onFinish: (_, steps) => finished.push(...steps),
        onSettled: ({ id, status }) => {
          expect(ended, "settled once").not.toContain(id);
          expect(["success", "error", "canceled"]).toContain(status);
          ended.add(id);
        },
      });
      const state = session.getSnapshot;
      const ended = new Set<string>();
      const settled = new Set<number>();
      const promises: Promise<unknown>[] = [];
      let open = 0;
      let billed = 0;
      const running = () =>
        transport.calls.findIndex(({ events }, at) => !events.signal.aborted && !settled.has(at));

      for (const { do: name, at } of actions) {
        const { steps } = state();
        const index = running();
        const call = transport.calls[index];
        if (name === "edit" || name === "retry" || name === "retryOne" || name === "editAgain") {
          const image = at % 2 === 0 ? new Blob([`${at}`]) : undefined;
          open += 1;
          const promise =
            name === "edit"
              ? session.edit({ prompt: `${at}`, image }, { onSettled: () => (total.settled += 1) })
              : name === "editAgain"
                ? session.editAgain(steps[at]?.id ?? "none", { prompt: `${at}` })
                : session.retry(name === "retryOne" ? state().runs[at]?.id : undefined);
          promises.push(
            promise.finally(() => {
              open -= 1;
            }),
          );
        } else if (name === "jump") session.jumpTo(steps[at]?.id ?? "none");
        else if (name === "load") session.load(new Blob(["new"]));
        else if (name === "clear") {
          session.clear();
          finished.length = billed = 0;
        } else if (name === "cancelOne") session.cancel(state().runs.at(-1 - (at % 3))?.id ?? "none");
        else if (name === "clearError") session.clearError();
        else if (name === "cancel" || name === "undo" || name === "redo") session[name]();
        else if (call === undefined) continue;
        else if (name === "preview") call.events.onPartial(imageOf("preview"), at);
        else if (name === "progress") call.events.onUploadProgress({ loadedBytes: at, totalBytes: 9 });
        else {
          settled.add(index);
          if (name === "fail") call.fail(new Error("no"));
          else {
            billed += 1 + (at % 3);
            call.succeed(...Array.from({ length: 1 + (at % 3) }, (_, one) => `${index}.${one}`));
          }
        }
        // Otherwise the next action runs in the same tick.
        const settles = at < 7 || name === "succeed" || name === "fail";
        if (settles) await settle();

        const now = state();
        if (now.partial !== undefined) total.previews += 1;
        if (now.status === "canceled") total.canceled += 1;
        const inProgress = transport.calls.filter(
          ({ events }, one) => !events.signal.aborted && !settled.has(one),
        );
        expect(inProgress.length).toBeLessThanOrEqual(1);
        if (settles) {
          expect(isPending(now.status)).toBe(inProgress.length === 1);
          expect(now.queued + inProgress.length).toBe(open);
          if (inProgress.length === 0) expect(now.queued).toBe(0);
          const listed = now.runs.filter(({ id }) => !ended.has(id));
          expect(listed.map(({ status }) => status === "queued")).toEqual(
            Array.from({ length: now.queued + inProgress.length }, (_, one) => one >= inProgress.length),
          );
          expect(finished).toHaveLength(billed);
          expect(now.steps).toEqual(expect.arrayContaining(finished));
          const urls = new Set([
            ...now.steps.map(({ url }) => url),
            ...(now.partial ? [now.partial.url] : []),
          ]);
          for (const url of urls) expect(alive).toContain(url);
          expect(alive.size - urls.size).toBeLessThanOrEqual(1); // the previous preview
          expect(session.liveUrls).toBe(alive.size);
        }
      }
      total.sent += transport.calls.length;
      total.finished += finished.length;
      session.dispose();
      await Promise.all(promises);
      await settle();
      expect([alive.size, session.liveUrls, open, running()]).toEqual([0, 0, 0, -1]);
      vi.restoreAllMocks();
    }),
    { numRuns: 400 },
  );
  // A session that does nothing keeps all of the above.
  for (const [what, count] of Object.entries(total)) expect(count, what).toBeGreaterThan(10);
});
