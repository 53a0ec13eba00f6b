import { InvalidInputError, NetworkError, type Problem } from "@retouch/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { controlledTransport, imageOf, resultOf } from "../fixtures/controlled-transport.ts";
import { watchObjectUrls } from "../fixtures/watch-object-urls.ts";
import { EditSession } from "./edit-session.ts";
import type { EditSessionOptions } from "./edit-session-options.ts";

const file = new Blob(["source"], { type: "image/png" });
const params = { model: "gpt-image-1", prompt: "make it night" };
const wrongSize: Problem = {
  severity: "error",
  field: "size",
  code: "not_allowed",
  message: "`size` is not allowed.",
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

/** Runs everything that is due. */
const settle = () => vi.advanceTimersByTimeAsync(20);

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("edit", () => {
  it("an edit goes from preparing to success and makes the result current", async () => {
    const { session, states, call, state } = setUp();
    const result = session.edit({ ...params, image: file });
    await settle();
    call(0).events.onUploadProgress({ loadedBytes: 5, totalBytes: 10 });
    call(0).events.onUploadProgress({ loadedBytes: 10, totalBytes: 10 });
    call(0).events.onPartial(imageOf("half"), 0);
    await settle();
    call(0).succeed("night");
    const step = await result;
    expect(states).toEqual(["preparing", "uploading", "processing", "streaming", "success"]);
    expect(state()).toMatchObject({
      current: step,
      canUndo: true,
      partial: undefined,
      progress: { fraction: 1 },
    });
    expect(await step?.blob?.text()).toBe("night");
    expect(step).toMatchObject({
      params: params,
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

  it("a data: URI is sent and kept as one blob, also by a retry", async () => {
    const { session, call, state } = setUp();
    const result = session.edit({ ...params, image: `data:image/png;base64,${btoa("source")}` });
    await settle();
    call(0).succeed("night");
    await result;
    const sent = call(0).params["image"] as Blob;
    expect([await sent.text(), sent.type]).toEqual(["source", "image/png"]);
    expect(state().steps[0]?.blob).toBe(sent);
    void session.retry();
    await settle();
    expect(call(1).params["image"]).toBe(sent);
  });

  it("an edit succeeds where object URLs do not exist", async () => {
    vi.spyOn(URL, "createObjectURL").mockImplementation(() => {
      throw new TypeError("URL.createObjectURL is not a function");
    });
    const { session, call, state } = setUp();
    const result = session.edit({ ...params, image: file });
    await settle();
    call(0).succeed("night");
    expect((await result)?.url).toMatch(/^blob:/);
    expect(state().status).toBe("success");
    session.dispose();
    expect(session.liveUrls).toBe(0);
  });

  it("an edit without an image edits the last result", async () => {
    const { session, call } = setUp();
    const first = session.edit({ ...params, image: file });
    await settle();
    call(0).succeed("night");
    const step = await first;
    void session.edit(params);
    await settle();
    expect(call(1).params["image"]).toBe(step?.blob);
  });

  it("an edit of an earlier image starts a branch there", async () => {
    const { session, call, state } = setUp();
    for (const [index, more] of [{ image: file }, {}, { image: file }].entries()) {
      const result = session.edit({ ...params, ...more });
      await settle();
      call(index).succeed(`image ${index}`);
      await result;
    }
    expect(state().steps.map(({ id, parentId }) => `${parentId}>${id}`)).toEqual([
      "null>1",
      "1>2",
      "2>3",
      "1>4",
    ]);
  });

  it("an edit stores every image of its result and makes the first current", async () => {
    const onFinish = vi.fn();
    const { session, call, state } = setUp({ onFinish });
    const result = session.edit({ ...params, image: file, n: 3 });
    await settle();
    call(0).succeed("a", "b", "c");
    const step = await result;
    expect(state().steps).toHaveLength(4);
    expect(state().current).toBe(step);
    expect(onFinish).toHaveBeenCalledExactlyOnceWith(step, state().steps.slice(1));
  });

  it("an edit stores the URL of an image that the page may not read", async () => {
    const { session, call, state } = setUp();
    const result = session.edit({ ...params, image: file });
    await settle();
    const unreadable = new NetworkError("No.", { outcome: "unknown" });
    const image = imageOf("x", { url: "https://cdn.test/1.png", blob: () => Promise.reject(unreadable) });
    call(0).succeedWith({ images: [image], warnings: [] });
    expect(await result).toMatchObject({
      url: "https://cdn.test/1.png",
      blob: undefined,
      warnings: [{ field: "images[0]", code: "cross_origin_image" }],
    });
    await session.edit(params);
    expect(state()).toMatchObject({ status: "error", outcome: "not-sent", problems: [{ field: "image" }] });
  });

  it("upload progress never decreases, even when an edit is retried", async () => {
    const { session, call, state } = setUp();
    void session.edit({ ...params, image: file });
    await settle();
    const seen: (number | undefined)[] = [];
    for (const loadedBytes of [2, 8, 0, 4, 9, 10]) {
      call(0).events.onUploadProgress({ loadedBytes, totalBytes: 10 });
      seen.push(state().progress?.fraction);
    }
    expect(seen).toEqual([0.2, 0.8, 0.8, 0.8, 0.9, 1]);
  });

  it("a preview that cannot be read, or arrives after a newer one, is dropped", async () => {
    const { session, call, state } = setUp();
    void session.edit({ ...params, image: file, partial_images: 3 });
    await settle();
    let resolveBlob: (blob: Blob) => void = () => {};
    const slow = new Promise<Blob>((resolve) => {
      resolveBlob = resolve;
    });
    const { onPartial } = call(0).events;
    onPartial(imageOf("0", { blob: () => slow }), 0);
    onPartial(imageOf("1"), 1);
    onPartial(imageOf("2", { blob: () => Promise.reject(new Error("not an image")) }), 2);
    await settle();
    resolveBlob(new Blob(["0"]));
    await settle();
    expect(state().partial?.index).toBe(1);
  });

  it("at most one preview is shown per frame, the newest", async () => {
    const onPartial = vi.fn();
    const { session, call } = setUp({ onPartial });
    void session.edit({ ...params, image: file });
    await settle();
    for (const index of [0, 1, 2]) call(0).events.onPartial(imageOf(`${index}`), index);
    await settle();
    expect(onPartial.mock.calls.map(([partial]) => partial.index)).toEqual([2]);
  });
});

describe("a failed edit", () => {
  it("a failed edit reports its error and what may have been billed", async () => {
    const onError = vi.fn();
    const { session, call, state } = setUp({ onError });
    const result = session.edit({ ...params, image: file });
    await settle();
    const error = new NetworkError("The connection was cut.", { outcome: "unknown" });
    call(0).fail(error);
    expect(await result).toBeUndefined();
    expect(state()).toMatchObject({ status: "error", error, outcome: "unknown", steps: [] });
    expect(onError).toHaveBeenCalledExactlyOnceWith(error, "unknown");
  });

  it("an edit that preflight refuses reports the problems", async () => {
    const { session, call, state } = setUp();
    const result = session.editOrThrow({ ...params, image: file });
    await settle();
    call(0).fail(new InvalidInputError({ problems: [wrongSize] }));
    await expect(result).rejects.toThrow("`size` is not allowed.");
    expect(state()).toMatchObject({ status: "error", outcome: "not-sent", problems: [wrongSize] });
  });

  it("an unknown error after sending counts as possibly billed", async () => {
    const { session, call, state } = setUp();
    void session.edit({ ...params, image: file });
    await settle();
    call(0).fail(new TypeError("unexpected"));
    await settle();
    expect(state()).toMatchObject({ status: "error", outcome: "unknown" });
  });

  it("retry edits the same image, even if another one is current now", async () => {
    const { session, call, state } = setUp();
    const first = session.edit({ ...params, image: file });
    await settle();
    call(0).succeed("night");
    await first;
    void session.edit({ ...params, prompt: "add stars" });
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

  it("an error thrown by a callback is uncaught and does not fail the edit", async () => {
    vi.useRealTimers();
    const thrown = new Promise((resolve) => process.once("uncaughtException", resolve));
    const onFinish = () => {
      throw new Error("thrown by the page");
    };
    const { session, call, state } = setUp({ onFinish });
    const result = session.edit({ ...params, image: file });
    await vi.waitFor(() => call(0).succeed("night"), 30_000);
    expect(await result).toBeDefined();
    expect(state().status).toBe("success");
    expect(await thrown).toMatchObject({ message: "thrown by the page" });
  });
});

describe("cancel", () => {
  it("cancel aborts an edit in progress, which may be billed", async () => {
    const onError = vi.fn();
    const { session, call, state } = setUp({ onError });
    const result = session.editOrThrow({ ...params, image: file });
    await settle();
    session.cancel();
    expect(call(0).events.signal.aborted).toBe(true);
    expect(state()).toMatchObject({ status: "canceled", outcome: "unknown" });
    await expect(result).rejects.toMatchObject({ name: "AbortError", message: "The edit was canceled." });
    expect(onError).not.toHaveBeenCalled();
  });

  it("cancel while images are prepared reports that nothing was sent", async () => {
    const { session, state, transport } = setUp({ prepare: { maxEdgePx: 100 } });
    void session.edit({ ...params, image: file });
    session.cancel();
    expect(state()).toMatchObject({ status: "canceled", outcome: "not-sent" });
    await settle();
    expect(transport.calls).toHaveLength(0);
  });

  it("cancel keeps a response that has arrived", async () => {
    const { session, call, state } = setUp();
    const result = session.edit({ ...params, image: file });
    await settle();
    let resolveBlob: (blob: Blob) => void = () => {};
    const slow = new Promise<Blob>((resolve) => {
      resolveBlob = resolve;
    });
    call(0).succeedWith({ images: [imageOf("x", { blob: () => slow })], warnings: [] });
    await settle();
    session.cancel();
    resolveBlob(new Blob(["night"]));
    expect(await (await result)?.blob?.text()).toBe("night");
    expect(state().status).toBe("success");
  });

  it("cancel does nothing when no edit is in progress", async () => {
    const { session, call, state } = setUp();
    session.cancel();
    expect(state().status).toBe("idle");
    const result = session.edit({ ...params, image: file });
    await settle();
    call(0).succeed("night");
    const step = await result;
    session.cancel();
    expect(state()).toMatchObject({ status: "success", current: step });
  });
});

describe("a second edit", () => {
  it("a second edit is dropped by default: a double click sends one", async () => {
    const { session, transport } = setUp();
    void session.edit({ ...params, image: file });
    await expect(session.editOrThrow({ ...params, image: file })).rejects.toMatchObject({
      name: "AbortError",
    });
    await settle();
    expect(transport.calls).toHaveLength(1);
  });

  it("a second edit with `replace` supersedes the first, whose result is never shown", async () => {
    const onFinish = vi.fn();
    const { session, call, state } = setUp({ concurrency: "replace", onFinish });
    const first = session.edit({ ...params, image: file, prompt: "older" });
    await settle();
    const second = session.edit({ ...params, image: file, prompt: "newer" });
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

  it("a second edit with `replace` waits for a response that has arrived and still edits its own image", async () => {
    const { session, call, state, transport } = setUp({ concurrency: "replace" });
    session.reset(file);
    const first = session.edit(params);
    await settle();
    let resolveBlob: (blob: Blob) => void = () => {};
    const slow = new Promise<Blob>((resolve) => {
      resolveBlob = resolve;
    });
    call(0).succeedWith({ images: [imageOf("x", { blob: () => slow })], warnings: [] });
    await settle();
    const second = session.edit({ ...params, prompt: "newer" });
    await settle();
    expect([transport.calls.length, state().queued]).toEqual([1, 1]);
    resolveBlob(new Blob(["older"]));
    expect(await (await first)?.blob?.text()).toBe("older");
    await settle();
    expect(call(1).params).toMatchObject({ prompt: "newer", image: file });
    call(1).succeed("newer");
    expect((await second)?.parentId).toBe((await first)?.parentId);
  });

  it("the result of a superseded edit is ignored when the transport ignores its signal", async () => {
    const responses: ((text: string) => void)[] = [];
    const transport = {
      check: async () => ({ problems: [] }) as never,
      run: () =>
        new Promise<ReturnType<typeof resultOf>>((resolve) => responses.push((t) => resolve(resultOf(t)))),
    };
    const { session, state } = setUp({ concurrency: "replace", transport });
    void session.edit({ ...params, image: file });
    await settle();
    const second = session.edit({ ...params, image: file });
    await settle();
    responses[1]?.("newer");
    await second;
    responses[0]?.("older");
    await settle();
    expect(state().steps).toHaveLength(2);
    expect(await state().current?.blob?.text()).toBe("newer");
  });

  it("a second edit with `queue` waits and then edits the result", async () => {
    const { session, call, state, transport } = setUp({ concurrency: "queue" });
    void session.edit({ ...params, image: file });
    const second = session.edit({ ...params, prompt: "add stars" });
    await settle();
    expect([state().queued, transport.calls.length]).toEqual([1, 1]);
    call(0).succeed("night");
    await settle();
    expect(state()).toMatchObject({ queued: 0, status: "uploading" });
    expect(call(1).params["image"]).toBe(state().current?.blob);
    call(1).succeed("stars");
    expect((await second)?.parentId).toBe("2");
  });

  it("a queued edit is not sent when the edit before it fails, unless it has its own image", async () => {
    const { session, call, transport } = setUp({ concurrency: "queue" });
    const other = new Blob(["other"]);
    void session.edit({ ...params, image: file });
    const dependent = session.editOrThrow({ ...params, prompt: "on the result" });
    const independent = session.edit({ ...params, image: other });
    dependent.catch(() => {});
    await settle();
    call(0).fail(new NetworkError("Cut.", { outcome: "unknown" }));
    await expect(dependent).rejects.toThrow("The previous edit failed. Nothing was sent.");
    await settle();
    expect(transport.calls.map(({ params }) => params["image"])).toEqual([file, other]);
    call(1).succeed("fine");
    expect(await independent).toBeDefined();
  });

  it("cancel also removes a queued edit", async () => {
    const { session, state, transport } = setUp({ concurrency: "queue" });
    void session.edit({ ...params, image: file });
    const second = session.edit(params);
    await settle();
    session.cancel();
    expect(await second).toBeUndefined();
    await settle();
    expect([state().queued, state().status, transport.calls.length]).toEqual([0, "canceled", 1]);
  });
});

describe("check", () => {
  it("check publishes the problems of the newest check and sends nothing", async () => {
    const transport = controlledTransport({ problems: [wrongSize] });
    const { session, state } = setUp({ transport });
    session.reset(file);
    expect(await session.check(params)).toEqual([wrongSize]);
    expect(state().problems).toEqual([wrongSize]);
    expect([transport.calls.length, transport.checked[0]?.["image"]]).toEqual([0, file]);
  });
});

describe("a late check", () => {
  it("a check that ends after an edit has started does not overwrite its problems", async () => {
    const { session, call, state, transport } = setUp();
    let resolveCheck: (report: never) => void = () => {};
    transport.check = () =>
      new Promise((resolve) => {
        resolveCheck = resolve;
      });
    const check = session.check({ ...params, image: file });
    const result = session.edit({ ...params, image: file });
    await settle();
    call(0).fail(new InvalidInputError({ problems: [wrongSize] }));
    await result;
    resolveCheck({ ok: true, problems: [] } as never); // nothing else is read
    await check;
    expect(state().problems).toEqual([wrongSize]);
  });
});

describe("object URLs", () => {
  it("object URLs stay valid for every image of the newest edit, even beyond the limit", async () => {
    const onFinish = vi.fn();
    const { session, call, state } = setUp({ historyLimit: 2, onFinish });
    const { alive } = watchObjectUrls();
    const result = session.edit({ ...params, image: file, n: 3 });
    await settle();
    call(0).succeed("a", "b", "c");
    await result;
    const urls = onFinish.mock.calls[0]?.[1].map(({ url }: { url: string }) => url);
    expect(urls).toHaveLength(3);
    expect(state().steps.map(({ url }) => url)).toEqual(urls);
    expect([...alive]).toEqual(urls);
    session.dispose();
    expect(alive.size).toBe(0);
  });

  it("object URLs are all revoked after 50 edits with undo and redo", async () => {
    const urls = watchObjectUrls();
    const { session, call, state } = setUp({ historyLimit: 12 });
    for (let index = 0; index < 50; index += 1) {
      const result = session.edit({ ...params, ...(index % 10 === 0 && { image: new Blob([`${index}`]) }) });
      await settle();
      call(index).events.onPartial(imageOf("half"), 0);
      await settle();
      call(index).events.onPartial(imageOf("more"), 1);
      await settle();
      call(index).succeed(`image ${index}`);
      await result;
      if (index % 3 === 0) session.undo();
      if (index % 6 === 0) session.redo();
      expect(urls.alive.size).toBe(state().steps.length);
    }
    expect(urls.created()).toBeGreaterThan(100);
    session.dispose();
    expect([urls.alive.size, session.liveUrls, state().steps.length]).toEqual([0, 0, 0]);
  });

  it("object URLs are revoked by reset, which can start from an image", () => {
    const urls = watchObjectUrls();
    const { session, state } = setUp();
    session.reset(file);
    session.reset(file);
    expect([urls.alive.size, state().current?.blob, state().status]).toEqual([1, file, "idle"]);
    session.reset();
    expect([urls.alive.size, state().current]).toEqual([0, undefined]);
  });
});

describe("retain", () => {
  it("the last release aborts the edit in progress and refuses another", async () => {
    const { session, call, transport } = setUp();
    const release = session.retain();
    void session.edit({ ...params, image: file });
    await settle();
    release();
    await settle();
    expect(call(0).events.signal.aborted).toBe(true);
    await expect(session.editOrThrow(params)).rejects.toThrow("The session was disposed. Nothing was sent.");
    expect(transport.calls).toHaveLength(1);
  });

  it("dispose aborts the download of result images, which cancel does not", async () => {
    const { session, call } = setUp();
    void session.edit({ ...params, image: file });
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

  it("retaining again within the same tick keeps the edit running", async () => {
    const { session, call } = setUp();
    const release = session.retain();
    void session.edit({ ...params, image: file });
    await settle();
    release();
    session.retain();
    await settle();
    expect(call(0).events.signal.aborted).toBe(false);
  });

  it("a released session with `onUnmount: keep` finishes its edit and then revokes everything", async () => {
    const urls = watchObjectUrls();
    const onFinish = vi.fn();
    const { session, call } = setUp({ onUnmount: "keep", onFinish });
    const release = session.retain();
    const result = session.edit({ ...params, image: file });
    await settle();
    release();
    await settle();
    call(0).succeed("night");
    const step = await result;
    expect(onFinish).toHaveBeenCalledOnce();
    expect(await step?.blob?.text()).toBe("night");
    await settle();
    expect([urls.alive.size, urls.created()]).toEqual([0, 2]);
  });
});

describe("configure", () => {
  it("callbacks come from the latest configuration", async () => {
    const [older, newer] = [vi.fn(), vi.fn()];
    const { session, call, transport } = setUp({ onFinish: older });
    const result = session.edit({ ...params, image: file });
    await settle();
    session.configure({ transport, onFinish: newer });
    call(0).succeed("night");
    await result;
    expect([older.mock.calls.length, newer.mock.calls.length]).toEqual([0, 1]);
  });
});
