import { HttpError, InvalidInputError } from "@retouch/client";
import { expect, it, vi } from "vitest";
import { resultOf } from "../fixtures/controlled-transport.ts";
import { file, params, setUpSession, wrongSize } from "../fixtures/set-up-session.ts";
import { fromRunRecord, toRunRecord, withoutQueued } from "../storage/records.ts";
import type { StorageHost } from "../storage/session-storage.ts";
import { EditRun } from "./edit-run.ts";
import type { EditSession } from "./edit-session.ts";
import type { EditSessionOptions } from "./edit-session-options.ts";

const replaced = "[replaced]";
/** Replaces the sentence of every code. */
const messages = new Proxy({}, { getOwnPropertyDescriptor, get: () => replaced });

function getOwnPropertyDescriptor(): PropertyDescriptor {
  return { configurable: true, enumerable: true, value: replaced };
}

/** Returns every sentence that a page can show: each `message` of the state, except those of errors, which are for logs. */
function shown(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null || value instanceof Error || value instanceof Blob)
    return [];
  return Object.entries(value).flatMap(([name, part]) =>
    name === "message" && typeof part === "string" ? [part] : shown(part),
  );
}

const setUp = (options: Partial<EditSessionOptions> = {}) => setUpSession({ messages, ...options });
type Tab = ReturnType<typeof setUp>;

/** Starts an edit, and passes its call to `settle`. */
async function edit({ session, transport, call }: Tab, settle: (made: ReturnType<Tab["call"]>) => void) {
  const number = transport.calls.length;
  const edited = session.edit({ ...params, image: file });
  settle(await vi.waitFor(() => call(number), 30_000));
  await edited;
}

/** What a stored session opens with: an edit that was only queued when its insecure page was left. */
function addLeftEdit(host: StorageHost): void {
  const record = toRunRecord(new EditRun("left", params), [], { order: 1, tab: "other" });
  host.addRuns([fromRunRecord(withoutQueued(record), [])], () => new Error("left"));
}

/** What makes a session show a sentence, by the code that it has. */
const cases: Readonly<Record<string, () => Promise<EditSession>>> = {
  async http_error() {
    const tab = setUp();
    await edit(tab, ({ fail }) => fail(new HttpError("No.", { status: 500, outcome: "unknown" })));
    return tab.session;
  },
  async "another error"() {
    const tab = setUp();
    await edit(tab, ({ fail }) => fail(new TypeError("Broken.")));
    return tab.session;
  },
  async "an error that is not one"() {
    const tab = setUp();
    await edit(tab, ({ fail }) => fail("Broken."));
    return tab.session;
  },
  async invalid_input() {
    const tab = setUp();
    await edit(tab, ({ fail }) => fail(new InvalidInputError({ problems: [wrongSize] })));
    return tab.session;
  },
  async "a warning of a result"() {
    const tab = setUp();
    const warning = { ...wrongSize, severity: "warning" } as const;
    await edit(tab, ({ succeedWith }) => succeedWith({ ...resultOf("image"), warnings: [warning] }));
    return tab.session;
  },
  async "canceled, queued and in progress"() {
    const tab = setUp({ concurrency: "queue" });
    void tab.session.edit({ ...params, image: file });
    void tab.session.edit(params);
    tab.session.cancel();
    return tab.session;
  },
  async replaced() {
    const tab = setUp({ concurrency: "replace" });
    void tab.session.edit({ ...params, image: file });
    await edit(tab, ({ succeed }) => succeed("image"));
    return tab.session;
  },
  async previous_failed() {
    const tab = setUp({ concurrency: "queue" });
    void tab.session.edit({ ...params, image: file });
    void tab.session.edit(params);
    (await vi.waitFor(() => tab.call(0), 30_000)).fail(new TypeError("Broken."));
    await vi.waitFor(() => expect(tab.session.getSnapshot().status).toBe("error"), 30_000);
    return tab.session;
  },
  async "a stored session"() {
    const tab = setUp({
      storage: {
        open: async (host) => {
          host.report({ status: "failed", code: "storage_full", message: "Full." });
          addLeftEdit(host);
          return { sync: async () => undefined, close: () => undefined };
        },
      },
    });
    tab.session.subscribe(() => undefined);
    await vi.waitFor(() => expect(tab.session.getSnapshot().runs).toHaveLength(1), 30_000);
    return tab.session;
  },
};

it.each(Object.entries(cases))("every sentence is replaceable: %s", async (_name, show) => {
  const session = await show();
  const sentences = shown(session.getSnapshot());
  expect(sentences.length).toBeGreaterThan(0);
  expect(new Set(sentences.flatMap((text) => text.split("\n")))).toEqual(new Set([replaced]));
  session.dispose();
});
