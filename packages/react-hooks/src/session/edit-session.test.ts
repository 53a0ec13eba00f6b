import { InvalidInputError, NetworkError, type Problem } from "@retouch/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { controlledTransport, imageOf, resultOf } from "../fixtures/controlled-transport.ts";
import { watchObjectUrls } from "../fixtures/watch-object-urls.ts";
import { EditSession } from "./edit-session.ts";
import type { EditSessionOptions } from "./edit-session-options.ts";

const file = new Blob(["source"], { type: "image/png" });
const ask = { model: "gpt-image-1", prompt: "make it night" };
const wrongSize: Problem = {
  severity: "error",
  field: "size",
  code: "not_allowed",
  message: "`size` is odd.",
};

function setUp(options: Partial<EditSessionOptions> = {}) {
  const transport = controlledTransport();
  const session = new EditSession({ transport, ...options });
  const states: string[] = [];
  session.subscribe(() => {
    const { status } = session.getSnapshot();
    if (states.at(-1) !== status) states.push(status);
  });
  const call = (index: number) => {
    const found = transport.calls[index];
    if (found === undefined) throw new Error(`No call ${index}.`);
    return found;
  };
  return { transport, session, states, call, state: session.getSnapshot };
}

/** Lets everything that is ready happen. */
const settle = () => vi.advanceTimersByTimeAsync(20);

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a run", () => {
  it("goes from preparing to success and makes the result current", async () => {
    const { session, states, call, state } = setUp();
    const answer = session.edit({ ...ask, image: file });
    await settle();
    call(0).events.onUploadProgress({ loadedBytes: 5, totalBytes: 10 });
    call(0).events.onUploadProgress({ loadedBytes: 10, totalBytes: 10 });
    call(0).events.onPartial(imageOf("half"), 0);
    await settle();
    call(0).succeed("night");
    const step = await answer;
    expect(states).toEqual(["preparing", "uploading", "processing", "streaming", "success"]);
    expect(state()).toMatchObject({
      current: step,
      canUndo: true,
      partial: undefined,
      progress: { fraction: 1 },
    });
    expect(await step?.blob?.text()).toBe("night");
    expect(step).toMatchObject({
      params: ask,
      requestId: "req_night",
      width: 4,
      height: 3,
      mediaType: "image/png",
    });
    expect(state().steps.map(({ id, parentId }) => [id, parentId])).toEqual([
      ["1", null],
      [step?.id, "1"],
    ]);
  });

  it("edits the result next when no picture is given", async () => {
    const { session, call } = setUp();
    const first = session.edit({ ...ask, image: file });
    await settle();
    call(0).succeed("night");
    const step = await first;
    void session.edit(ask);
    await settle();
    expect(call(1).params["image"]).toBe(step?.blob);
  });

  it("branches off the picture that was jumped to, and off one that is given again", async () => {
    const { session, call, state } = setUp();
    for (const [index, more] of [{ image: file }, {}, { image: file }].entries()) {
      const answer = session.edit({ ...ask, ...more });
      await settle();
      call(index).succeed(`picture ${index}`);
      await answer;
    }
    expect(state().steps.map(({ id, parentId }) => `${parentId}>${id}`)).toEqual([
      "null>1",
      "1>2",
      "2>3",
      "1>4",
    ]);
  });

  it("keeps every picture of one answer, the first of them current", async () => {
    const onFinish = vi.fn();
    const { session, call, state } = setUp({ onFinish });
    const answer = session.edit({ ...ask, image: file, n: 3 });
    await settle();
    call(0).succeed("a", "b", "c");
    const step = await answer;
    expect(state().steps).toHaveLength(4);
    expect(state().current).toBe(step);
    expect(onFinish).toHaveBeenCalledExactlyOnceWith(step, state().steps.slice(1));
  });

  it("keeps a picture that the page may not read by its address", async () => {
    const { session, call, state } = setUp();
    const answer = session.edit({ ...ask, image: file });
    await settle();
    const unread = new NetworkError("No.", { outcome: "unknown" });
    const image = imageOf("x", { url: "https://cdn.test/1.png", blob: () => Promise.reject(unread) });
    call(0).succeedWith({ images: [image], warnings: [] });
    expect(await answer).toMatchObject({
      url: "https://cdn.test/1.png",
      blob: undefined,
      warnings: [{ field: "images[0]", code: "unreadable" }],
    });
    await session.edit(ask);
    expect(state()).toMatchObject({ status: "error", outcome: "not-sent", problems: [{ field: "image" }] });
  });

  it("never lets upload progress go back, as a second attempt would", async () => {
    const { session, call, state } = setUp();
    void session.edit({ ...ask, image: file });
    await settle();
    const seen: (number | undefined)[] = [];
    for (const loadedBytes of [2, 8, 0, 4, 9, 10]) {
      call(0).events.onUploadProgress({ loadedBytes, totalBytes: 10 });
      seen.push(state().progress?.fraction);
    }
    expect(seen).toEqual([0.2, 0.8, 0.8, 0.8, 0.9, 1]);
  });

  it("drops a preview that can not be read, or comes after a newer one", async () => {
    const { session, call, state } = setUp();
    void session.edit({ ...ask, image: file, partial_images: 3 });
    await settle();
    let give: (blob: Blob) => void = () => {};
    const slow = new Promise<Blob>((resolve) => {
      give = resolve;
    });
    const { onPartial } = call(0).events;
    onPartial(imageOf("0", { blob: () => slow }), 0);
    onPartial(imageOf("1"), 1);
    onPartial(imageOf("2", { blob: () => Promise.reject(new Error("no picture")) }), 2);
    await settle();
    give(new Blob(["0"]));
    await settle();
    expect(state().partial?.index).toBe(1);
  });

  it("shows at most one preview a frame, and the newest", async () => {
    const onPartial = vi.fn();
    const { session, call } = setUp({ onPartial });
    void session.edit({ ...ask, image: file });
    await settle();
    for (const index of [0, 1, 2]) call(0).events.onPartial(imageOf(`${index}`), index);
    await settle();
    expect(onPartial.mock.calls.map(([partial]) => partial.index)).toEqual([2]);
  });
});

describe("failing", () => {
  it("says what failed and what may have been billed", async () => {
    const onError = vi.fn();
    const { session, call, state } = setUp({ onError });
    const answer = session.edit({ ...ask, image: file });
    await settle();
    const error = new NetworkError("The connection was cut.", { outcome: "unknown" });
    call(0).fail(error);
    expect(await answer).toBeUndefined();
    expect(state()).toMatchObject({ status: "error", error, outcome: "unknown", steps: [] });
    expect(onError).toHaveBeenCalledExactlyOnceWith(error, "unknown");
  });

  it("gives preflight's findings as data", async () => {
    const { session, call, state } = setUp();
    const answer = session.editOrThrow({ ...ask, image: file });
    await settle();
    call(0).fail(new InvalidInputError({ problems: [wrongSize] }));
    await expect(answer).rejects.toThrow("`size` is odd.");
    expect(state()).toMatchObject({ status: "error", outcome: "not-sent", problems: [wrongSize] });
  });

  it("takes a foreign error after the hand-over for a bill", async () => {
    const { session, call, state } = setUp();
    void session.edit({ ...ask, image: file });
    await settle();
    call(0).fail(new TypeError("odd"));
    await settle();
    expect(state()).toMatchObject({ status: "error", outcome: "unknown" });
  });

  it("retries with the picture it had, whatever is current by now", async () => {
    const { session, call, state } = setUp();
    const first = session.edit({ ...ask, image: file });
    await settle();
    call(0).succeed("night");
    await first;
    void session.edit({ ...ask, prompt: "add stars" });
    await settle();
    call(1).fail(new NetworkError("Cut.", { outcome: "not-sent" }));
    await settle();
    session.undo();
    const again = session.retry();
    await settle();
    expect(call(2).params).toEqual(call(1).params);
    expect(state()).toMatchObject({ error: undefined, outcome: undefined });
    call(2).succeed("stars");
    expect((await again)?.parentId).toBe("2");
  });

  it("leaves an error thrown by a callback to the page and finishes", async () => {
    vi.useRealTimers();
    const thrown = new Promise((resolve) => process.once("uncaughtException", resolve));
    const onFinish = () => {
      throw new Error("the page's own");
    };
    const { session, call, state } = setUp({ onFinish });
    const answer = session.edit({ ...ask, image: file });
    await vi.waitFor(() => call(0).succeed("night"));
    expect(await answer).toBeDefined();
    expect(state().status).toBe("success");
    expect(await thrown).toMatchObject({ message: "the page's own" });
  });
});

describe("canceling", () => {
  it("aborts, and says that it may be billed", async () => {
    const onError = vi.fn();
    const { session, call, state } = setUp({ onError });
    const answer = session.editOrThrow({ ...ask, image: file });
    await settle();
    session.cancel();
    expect(call(0).events.signal.aborted).toBe(true);
    expect(state()).toMatchObject({ status: "canceled", outcome: "unknown" });
    await expect(answer).rejects.toMatchObject({ name: "AbortError", message: "The edit was canceled." });
    expect(onError).not.toHaveBeenCalled();
  });

  it("says that nothing was sent while pictures are still prepared", async () => {
    const { session, state, transport } = setUp({ prepare: { maxEdgePx: 100 } });
    void session.edit({ ...ask, image: file });
    session.cancel();
    expect(state()).toMatchObject({ status: "canceled", outcome: "not-sent" });
    await settle();
    expect(transport.calls).toHaveLength(0);
  });

  it("keeps an answer that is already paid for", async () => {
    const { session, call, state } = setUp();
    const answer = session.edit({ ...ask, image: file });
    await settle();
    let give: (blob: Blob) => void = () => {};
    const slow = new Promise<Blob>((resolve) => {
      give = resolve;
    });
    call(0).succeedWith({ images: [imageOf("x", { blob: () => slow })], warnings: [] });
    await settle();
    session.cancel();
    give(new Blob(["night"]));
    expect(await (await answer)?.blob?.text()).toBe("night");
    expect(state().status).toBe("success");
  });

  it("does nothing when nothing is on its way", () => {
    const { session, state } = setUp();
    session.cancel();
    expect(state().status).toBe("idle");
  });
});

describe("a second edit while one is on its way", () => {
  it("is dropped by default: a double click sends one", async () => {
    const { session, transport } = setUp();
    void session.edit({ ...ask, image: file });
    await expect(session.editOrThrow({ ...ask, image: file })).rejects.toMatchObject({ name: "AbortError" });
    await settle();
    expect(transport.calls).toHaveLength(1);
  });

  it("replaces the first, whose answer is never shown", async () => {
    const onFinish = vi.fn();
    const { session, call, state } = setUp({ concurrency: "replace", onFinish });
    const first = session.edit({ ...ask, image: file, prompt: "older" });
    await settle();
    const second = session.edit({ ...ask, image: file, prompt: "newer" });
    await settle();
    call(1).succeed("newer");
    await second;
    call(0).succeed("older");
    call(0).events.onUploadProgress({ loadedBytes: 1, totalBytes: 2 });
    call(0).events.onPartial(imageOf("older"), 0);
    expect(await first).toBeUndefined();
    await settle();
    expect(await state().current?.blob?.text()).toBe("newer");
    expect(state()).toMatchObject({ status: "success", partial: undefined });
    expect(onFinish).toHaveBeenCalledTimes(1);
  });

  it("waits for an answer that is already paid for, and still edits the picture it was asked for", async () => {
    const { session, call, state, transport } = setUp({ concurrency: "replace" });
    session.reset(file);
    const first = session.edit(ask);
    await settle();
    let give: (blob: Blob) => void = () => {};
    const slow = new Promise<Blob>((resolve) => {
      give = resolve;
    });
    call(0).succeedWith({ images: [imageOf("x", { blob: () => slow })], warnings: [] });
    await settle();
    const second = session.edit({ ...ask, prompt: "newer" });
    await settle();
    expect([transport.calls.length, state().queued]).toEqual([1, 1]);
    give(new Blob(["older"]));
    expect(await (await first)?.blob?.text()).toBe("older");
    await settle();
    expect(call(1).params).toMatchObject({ prompt: "newer", image: file });
    call(1).succeed("newer");
    expect((await second)?.parentId).toBe((await first)?.parentId);
  });

  it("ignores the answer of a superseded run even when the transport is deaf to its signal", async () => {
    const answers: ((text: string) => void)[] = [];
    const deaf = {
      check: async () => ({ problems: [] }) as never,
      run: () =>
        new Promise<ReturnType<typeof resultOf>>((resolve) => answers.push((t) => resolve(resultOf(t)))),
    };
    const { session, state } = setUp({ concurrency: "replace", transport: deaf });
    void session.edit({ ...ask, image: file });
    await settle();
    const second = session.edit({ ...ask, image: file });
    await settle();
    answers[1]?.("newer");
    await second;
    answers[0]?.("older");
    await settle();
    expect(state().steps).toHaveLength(2);
    expect(await state().current?.blob?.text()).toBe("newer");
  });

  it("waits in a queue and then edits the result", async () => {
    const { session, call, state, transport } = setUp({ concurrency: "queue" });
    void session.edit({ ...ask, image: file });
    const second = session.edit({ ...ask, prompt: "add stars" });
    await settle();
    expect([state().queued, transport.calls.length]).toEqual([1, 1]);
    call(0).succeed("night");
    await settle();
    expect(state()).toMatchObject({ queued: 0, status: "uploading" });
    expect(call(1).params["image"]).toBe(state().current?.blob);
    call(1).succeed("stars");
    expect((await second)?.parentId).toBe("2");
  });

  it("is not sent when the edit whose result it waits for fails, unless it brought a picture", async () => {
    const { session, call, transport } = setUp({ concurrency: "queue" });
    const other = new Blob(["other"]);
    void session.edit({ ...ask, image: file });
    const dependent = session.editOrThrow({ ...ask, prompt: "on the result" });
    const independent = session.edit({ ...ask, image: other });
    dependent.catch(() => {});
    await settle();
    call(0).fail(new NetworkError("Cut.", { outcome: "unknown" }));
    await expect(dependent).rejects.toThrow("The edit before this one failed. Nothing was sent.");
    await settle();
    expect(transport.calls.map(({ params }) => params["image"])).toEqual([file, other]);
    call(1).succeed("fine");
    expect(await independent).toBeDefined();
  });

  it("leaves the queue with cancel", async () => {
    const { session, state, transport } = setUp({ concurrency: "queue" });
    void session.edit({ ...ask, image: file });
    const second = session.edit(ask);
    await settle();
    session.cancel();
    expect(await second).toBeUndefined();
    await settle();
    expect([state().queued, state().status, transport.calls.length]).toEqual([0, "canceled", 1]);
  });
});

describe("check", () => {
  it("shows the newest check's findings and sends nothing", async () => {
    const transport = controlledTransport({ problems: [wrongSize] });
    const { session, state } = setUp({ transport });
    session.reset(file);
    expect(await session.check(ask)).toEqual([wrongSize]);
    expect(state().problems).toEqual([wrongSize]);
    expect([transport.calls.length, transport.checked[0]?.["image"]]).toEqual([0, file]);
  });
});

describe("a check that ends after an edit has begun", () => {
  it("does not overwrite what that edit found", async () => {
    const { session, call, state, transport } = setUp();
    let give: (report: never) => void = () => {};
    transport.check = () =>
      new Promise((resolve) => {
        give = resolve;
      });
    const check = session.check({ ...ask, image: file });
    const answer = session.edit({ ...ask, image: file });
    await settle();
    call(0).fail(new InvalidInputError({ problems: [wrongSize] }));
    await answer;
    give({ ok: true, problems: [] } as never); // nothing else is looked at
    await check;
    expect(state().problems).toEqual([wrongSize]);
  });
});

describe("object URLs", () => {
  it("live for every picture of the newest edit, whatever the limit", async () => {
    const onFinish = vi.fn();
    const { session, call, state } = setUp({ historyLimit: 2, onFinish });
    const { alive } = watchObjectUrls();
    const answer = session.edit({ ...ask, image: file, n: 3 });
    await settle();
    call(0).succeed("a", "b", "c");
    await answer;
    const urls = onFinish.mock.calls[0]?.[1].map(({ url }: { url: string }) => url);
    expect(urls).toHaveLength(3);
    expect(state().steps.map(({ url }) => url)).toEqual(urls);
    expect([...alive]).toEqual(urls);
    session.dispose();
    expect(alive.size).toBe(0);
  });

  it("are all revoked after 50 edits with undo and redo", async () => {
    const urls = watchObjectUrls();
    const { session, call, state } = setUp({ historyLimit: 12 });
    for (let index = 0; index < 50; index += 1) {
      const answer = session.edit({ ...ask, ...(index % 10 === 0 && { image: new Blob([`${index}`]) }) });
      await settle();
      call(index).events.onPartial(imageOf("half"), 0);
      await settle();
      call(index).events.onPartial(imageOf("more"), 1);
      await settle();
      call(index).succeed(`picture ${index}`);
      await answer;
      if (index % 3 === 0) session.undo();
      if (index % 6 === 0) session.redo();
      expect(urls.alive.size).toBe(state().steps.length);
    }
    expect(urls.made()).toBeGreaterThan(100);
    session.dispose();
    expect([urls.alive.size, session.liveUrls, state().steps.length]).toEqual([0, 0, 0]);
  });

  it("are revoked by reset, which can start from a picture", () => {
    const urls = watchObjectUrls();
    const { session, state } = setUp();
    session.reset(file);
    session.reset(file);
    expect([urls.alive.size, state().current?.blob, state().status]).toEqual([1, file, "idle"]);
    session.reset();
    expect([urls.alive.size, state().current]).toEqual([0, undefined]);
  });
});

describe("letting go", () => {
  it("aborts the edit on its way and refuses another", async () => {
    const { session, call, transport } = setUp();
    const release = session.retain();
    void session.edit({ ...ask, image: file });
    await settle();
    release();
    await settle();
    expect(call(0).events.signal.aborted).toBe(true);
    await expect(session.editOrThrow(ask)).rejects.toThrow("The session was disposed of. Nothing was sent.");
    expect(transport.calls).toHaveLength(1);
  });

  it("ends the fetching of pictures that an answer only named, which canceling does not", async () => {
    const { session, call } = setUp();
    void session.edit({ ...ask, image: file });
    await settle();
    const signals: (AbortSignal | undefined)[] = [];
    const image = imageOf("x", {
      url: "https://cdn.test/1.png",
      blob(options) {
        signals.push(options?.signal);
        return new Promise(() => undefined);
      },
    });
    call(0).succeedWith({ images: [image], warnings: [] });
    await settle();
    session.cancel();
    expect(signals).toMatchObject([{ aborted: false }]);
    session.dispose();
    expect(signals).toMatchObject([{ aborted: true }]);
  });

  it("is undone by taking hold again in the same turn", async () => {
    const { session, call } = setUp();
    const release = session.retain();
    void session.edit({ ...ask, image: file });
    await settle();
    release();
    session.retain();
    await settle();
    expect(call(0).events.signal.aborted).toBe(false);
  });

  it("keeps the edit until it has finished when asked to, and frees everything then", async () => {
    const urls = watchObjectUrls();
    const onFinish = vi.fn();
    const { session, call } = setUp({ onUnmount: "keep", onFinish });
    const release = session.retain();
    const answer = session.edit({ ...ask, image: file });
    await settle();
    release();
    await settle();
    call(0).succeed("night");
    const step = await answer;
    expect(onFinish).toHaveBeenCalledOnce();
    expect(await step?.blob?.text()).toBe("night");
    await settle();
    expect(urls.alive.size).toBe(0);
  });
});

describe("options", () => {
  it("count from the latest configuration", async () => {
    const [older, newer] = [vi.fn(), vi.fn()];
    const { session, call, transport } = setUp({ onFinish: older });
    const answer = session.edit({ ...ask, image: file });
    await settle();
    session.configure({ transport, onFinish: newer });
    call(0).succeed("night");
    await answer;
    expect([older.mock.calls.length, newer.mock.calls.length]).toEqual([0, 1]);
  });
});
