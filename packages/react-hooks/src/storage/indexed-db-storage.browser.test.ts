import { HttpError } from "@retouch/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { controlledTransport, resultOf } from "../fixtures/controlled-transport.ts";
import { file, params } from "../fixtures/set-up-session.ts";
import { watchObjectUrls } from "../fixtures/watch-object-urls.ts";
import { EditSession } from "../session/edit-session.ts";
import type { EditSessionOptions } from "../session/edit-session-options.ts";
import type { EditTransport } from "../transport/edit-transport.ts";
import { indexedDbStorage } from "./indexed-db-storage.ts";
import type { OpenStorage } from "./session-storage.ts";

let name = "";
const sessions: EditSession[] = [];

beforeEach(() => {
  name = crypto.randomUUID();
});

afterEach(async () => {
  for (const session of sessions.splice(0)) session.dispose();
  vi.restoreAllMocks();
  indexedDB.deleteDatabase(`retouch-${name}`);
});

/** Opens the session of `name` in a tab, which can vanish as a closed page does: without a chance to store anything. */
async function openTab(options: Partial<EditSessionOptions> = {}) {
  const transport = controlledTransport();
  let opened: OpenStorage | undefined;
  const { open } = indexedDbStorage(name);
  const session = new EditSession({
    transport,
    storage: {
      open: async (host) => {
        opened = await open(host);
        return opened;
      },
    },
    ...options,
  });
  sessions.push(session);
  session.subscribe(() => undefined);
  await expect.poll(() => opened).toBeDefined();
  const state = session.getSnapshot;
  const calls = (count: number) => expect.poll(() => transport.calls).toHaveLength(count);
  const stored = () => opened?.sync();
  return { session, transport, state, calls, stored, vanish: () => opened?.close() };
}

const mask = new Blob(["mask"], { type: "image/png" });

async function editOnce(tab: Awaited<ReturnType<typeof openTab>>, more: object = {}) {
  const count = tab.transport.calls.length;
  const result = tab.session.edit({ ...params, ...more });
  await tab.calls(count + 1);
  tab.transport.calls[count]?.succeed(`result ${count}`);
  const step = await result;
  await tab.stored();
  if (step === undefined) throw new Error("The edit failed.");
  return step;
}

describe("a stored session", () => {
  it("a stored session has its references after a reload, those of a queued edit too", async () => {
    const before = await openTab({ concurrency: "queue" });
    const logo = new Blob(["logo"], { type: "image/png" });
    for (const image of [logo, file]) before.session.load(image);
    const [{ id: logoId = "" } = {}] = before.state().steps;
    before.session.setReferences([logoId]);
    void before.session.edit(params);
    await before.calls(1);
    void before.session.edit({ ...params, prompt: "queued" });
    await before.stored();
    before.vanish();

    const after = await openTab({ concurrency: "queue" });
    expect(after.state().references.map(({ id }) => id)).toEqual([logoId]);
    const queued = after.state().runs.at(-1);
    expect(queued?.params["prompt"]).toBe("queued");
    // The one that was on its way cannot be collected here, so nothing is edited that another image was meant for.
    await expect.poll(() => after.state().runs.map(({ status }) => status)).toEqual(["error", "canceled"]);
    void after.session.retry(queued?.id);
    await after.calls(1);
    const { image } = after.transport.calls[0]?.params ?? {};
    const [base, reference] = image as readonly Blob[];
    expect(base).toBe(after.state().current?.blob);
    expect(reference).toBe(after.state().references[0]?.blob);
    after.session.setReferences([]);
    await after.stored();
    after.vanish();
    expect((await openTab()).state().references).toEqual([]);
  });

  it("a stored session has its steps, parents, masks, prompts and current image after a reload", async () => {
    const before = await openTab();
    const first = await editOnce(before, { image: file, mask });
    const second = await editOnce(before, { prompt: "add stars" });
    before.session.jumpTo(first.id);
    await before.stored();
    before.vanish();

    const urls = watchObjectUrls();
    const after = await openTab();
    const { steps, current, runs, storage } = after.state();
    expect(storage.status).toBe("ready");
    expect(steps.map(({ id, parentId }) => [parentId, id])).toEqual(
      before.state().steps.map(({ id, parentId }) => [parentId, id]),
    );
    expect(current).toMatchObject({ id: first.id, params });
    expect(await current?.mask?.text()).toBe("mask");
    expect(await Promise.all(steps.map((step) => step.blob?.text()))).toEqual([
      "source",
      "result 0",
      "result 1",
    ]);
    expect(runs.map(({ status }) => status)).toEqual(["success", "success"]);
    expect([...urls.alive]).toEqual(steps.map(({ url }) => url));

    void after.session.editAgain(second.id, { prompt: "add a moon" });
    await after.calls(1);
    expect(after.transport.calls[0]?.params).toMatchObject({ prompt: "add a moon", image: steps[1]?.blob });
    after.transport.calls[0]?.succeed("moon");
    await expect.poll(() => after.state().current?.parentId).toBe(first.id);
    after.session.dispose();
    expect([urls.alive.size, after.session.liveUrls]).toEqual([0, 0]);
  });

  it("an edit that was on its way shows as unknown after a reload, and is not sent again", async () => {
    const before = await openTab();
    void before.session.edit({ ...params, image: file });
    await before.calls(1);
    before.vanish();
    for (const _ of ["reload", "another reload"]) {
      const after = await openTab();
      await expect
        .poll(() => after.state().runs)
        .toMatchObject([{ status: "error", params, error: { outcome: "unknown", code: "page_left" } }]);
      await after.stored();
      expect(after.transport.calls).toHaveLength(0);
      after.vanish();
    }
  });

  it("an edit that was on its way is collected after a reload, and becomes the child of its image", async () => {
    const jobs: string[] = [];
    const withJobs = (collect: EditTransport["collect"]): EditTransport => {
      const { check, run } = controlledTransport();
      return {
        check,
        ...(collect && { collect }),
        run: async (sent, events) => {
          await events.onJob?.("job-1");
          return run(sent, events);
        },
      };
    };
    const before = await openTab({ transport: withJobs(undefined) });
    before.session.load(file);
    void before.session.edit({ ...params, mask });
    await expect.poll(() => before.state().runs[0]?.status).toBe("uploading");
    await before.stored();
    before.vanish();
    const { id: sourceId } = before.state().current ?? {};

    const lost = new HttpError("Gone.", { status: 404, code: "job_not_found", outcome: "unknown" } as never);
    const collect: EditTransport["collect"] = async (job) => {
      jobs.push(job);
      return resultOf("night");
    };
    const after = await openTab({ transport: withJobs(collect) });
    await expect.poll(() => after.state().runs[0]?.status).toBe("success");
    expect(after.state().current).toMatchObject({ parentId: sourceId, params });
    expect(await after.state().current?.blob?.text()).toBe("night");
    expect(after.state().steps).toHaveLength(2);
    await after.stored();
    after.vanish();

    const later = await openTab({ transport: withJobs(() => Promise.reject(lost)) });
    expect(later.state().runs).toMatchObject([{ status: "success" }]);
    expect(jobs).toEqual(["job-1"]);
  });

  it("a queue goes on after a reload, behind what was on its way", async () => {
    const before = await openTab({ concurrency: "queue" });
    void before.session.edit({ ...params, image: file });
    void before.session.edit({ ...params, prompt: "of its result" });
    void before.session.edit({ ...params, prompt: "of its own", image: new Blob(["other"]) });
    await before.calls(1);
    await before.stored();
    before.vanish();
    const after = await openTab({ concurrency: "queue" });
    await after.calls(1);
    expect(after.transport.calls[0]?.params["prompt"]).toBe("of its own");
    expect(after.state().runs).toMatchObject([
      { status: "error", outcome: "unknown" },
      { status: "canceled", error: { code: "previous_failed" } },
      { status: "uploading" },
    ]);
  });

  it("an edit is stored as sent before it is sent", async () => {
    const tab = await openTab();
    const transport: EditTransport = {
      reportsSend: true,
      check: tab.transport.check,
      run: async (_, { onSend }) => {
        await onSend?.();
        tab.vanish();
        return new Promise(() => undefined);
      },
    };
    tab.session.configure({ transport });
    void tab.session.edit({ ...params, image: file });
    await expect.poll(() => tab.state().runs[0]?.status).toBe("uploading");
    const after = await openTab();
    await expect.poll(() => after.state().runs[0]?.error).toMatchObject({ code: "page_left" });
  });

  it("clear removes what is stored, and dispose does not", async () => {
    const before = await openTab();
    await editOnce(before, { image: file });
    before.session.dispose();
    const after = await openTab();
    expect(after.state().steps).toHaveLength(2);
    after.session.clear();
    await after.stored();
    after.vanish();
    expect((await openTab()).state()).toMatchObject({ steps: [], runs: [] });
  });

  it("a reload warns while an edit runs", async () => {
    const leave = () => {
      const event = new Event("beforeunload", { cancelable: true });
      window.dispatchEvent(event);
      return event.defaultPrevented;
    };
    const tab = await openTab();
    expect(leave()).toBe(false);
    void tab.session.edit({ ...params, image: file });
    await tab.calls(1);
    expect(leave()).toBe(true);
    tab.transport.calls[0]?.succeed("night");
    await expect.poll(() => tab.state().status).toBe("success");
    expect(leave()).toBe(false);
  });
});

describe("two tabs", () => {
  it("two tabs see each other's images, and none takes over an edit of the other", async () => {
    const [left, right] = [await openTab(), await openTab()];
    void left.session.edit({ ...params, image: file });
    await left.calls(1);
    await left.stored();
    const third = await openTab();
    expect([third.state().runs, third.transport.calls]).toEqual([[], []]);
    await editOnce(right, { image: new Blob(["other"]) });
    left.transport.calls[0]?.succeed("left");
    await expect.poll(() => right.state().steps).toHaveLength(4);
    await expect.poll(() => left.state().steps).toHaveLength(4);
    const texts = (tab: typeof left) => Promise.all(tab.state().steps.map((step) => step.blob?.text()));
    expect((await texts(left)).sort()).toEqual(["left", "other", "result 0", "source"]);
    expect(await right.state().current?.blob?.text()).toBe("result 0");
    for (const tab of [left, right, third]) tab.vanish();
    expect((await openTab()).state().steps).toHaveLength(4);
  });

  it("without Web Locks, a tab does not send what another one has queued", async () => {
    vi.spyOn(navigator, "locks", "get").mockReturnValue(undefined as never);
    const left = await openTab({ concurrency: "queue" });
    void left.session.edit({ ...params, image: file });
    void left.session.edit({ ...params, image: new Blob(["own"]) });
    await left.calls(1);
    await left.stored();
    const right = await openTab({ concurrency: "queue" });
    await expect.poll(() => right.state().runs).toHaveLength(2);
    expect(right.state().runs).toMatchObject([
      { status: "error", outcome: "unknown" },
      { status: "canceled", outcome: "not-sent", error: { code: "canceled" } },
    ]);
    left.transport.calls[0]?.succeed("left");
    await left.calls(2);
    expect(right.transport.calls).toEqual([]);
  });

  it("of two tabs that open at the same time, one takes over", async () => {
    const before = await openTab({ concurrency: "queue" });
    void before.session.edit({ ...params, image: file });
    void before.session.edit({ ...params, image: new Blob(["own"]) });
    await before.calls(1);
    await before.stored();
    before.vanish();
    const tabs = await Promise.all([openTab(), openTab(), openTab()]);
    await expect.poll(() => tabs.flatMap(({ transport }) => transport.calls)).toHaveLength(1);
    expect(tabs.flatMap(({ state }) => state().runs)).toHaveLength(2);
  });
});

describe("a storage that fails", () => {
  it("a full quota keeps the session working in memory, and says so by a code", async () => {
    const tab = await openTab({ messages: { storage_full: "Plus de place." } });
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    expect(await (await editOnce(tab, { image: file })).blob?.text()).toBe("result 0");
    const { status, steps, storage } = tab.state();
    expect([status, steps.length]).toEqual(["success", 2]);
    expect(storage).toEqual({ status: "failed", code: "storage_full", message: "Plus de place." });
  });

  it("a browser without a database keeps the session working in memory", async () => {
    vi.spyOn(indexedDB, "open").mockImplementation(() => {
      throw new DOMException("denied", "SecurityError");
    });
    const tab = await openTab();
    await editOnce(tab, { image: file });
    expect(tab.state()).toMatchObject({ status: "success", storage: { code: "storage_unavailable" } });
  });

  it("a newer version of the page in another tab gets the database, and this one goes on in memory", async () => {
    const tab = await openTab();
    await editOnce(tab, { image: file });
    const newer = indexedDB.open(`retouch-${name}`, 2);
    await new Promise((resolve, reject) => {
      newer.onsuccess = resolve;
      newer.onblocked = () => reject(new Error("The older page holds the database."));
    });
    newer.result.close();
    expect(tab.state().storage).toMatchObject({ status: "failed", code: "storage_unavailable" });
    await editOnce(tab, { image: file });
    expect(tab.state()).toMatchObject({ status: "success", runs: [{}, {}] });
  });
});
