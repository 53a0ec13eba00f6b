import { NetworkError } from "@retouch/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { imageOf, resultOf } from "../fixtures/controlled-transport.ts";
import { file, params, settle, setUpSession } from "../fixtures/set-up-session.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a second edit", () => {
  it("a second edit is dropped by default: a double click sends one", async () => {
    const { session, transport } = setUpSession();
    void session.edit({ ...params, image: file });
    await expect(session.editOrThrow({ ...params, image: file })).rejects.toMatchObject({
      name: "AbortError",
    });
    await settle();
    expect(transport.calls).toHaveLength(1);
  });

  it("a second edit with `replace` supersedes the first, whose result is never shown", async () => {
    const onFinish = vi.fn();
    const { session, call, state } = setUpSession({ concurrency: "replace", onFinish });
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
    const { session, call, state, transport } = setUpSession({ concurrency: "replace" });
    session.load(file);
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
    const { session, state } = setUpSession({ concurrency: "replace", transport });
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
    const { session, call, state, transport } = setUpSession({ concurrency: "queue" });
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
    const { session, call, transport } = setUpSession({ concurrency: "queue" });
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
    const { session, state, transport } = setUpSession({ concurrency: "queue" });
    void session.edit({ ...params, image: file });
    const second = session.edit(params);
    await settle();
    session.cancel();
    expect(await second).toBeUndefined();
    await settle();
    expect([state().queued, state().status, transport.calls.length]).toEqual([0, "canceled", 1]);
  });
});
