import { InvalidInputError, NetworkError } from "@retouch/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { imageOf } from "../fixtures/controlled-transport.ts";
import { file, params, settle, setUpSession, wrongSize } from "../fixtures/set-up-session.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a failed edit", () => {
  it("a failed edit reports its error and what may have been billed", async () => {
    const onError = vi.fn();
    const { session, call, state } = setUpSession({ onError });
    const result = session.edit({ ...params, image: file });
    await settle();
    const error = new NetworkError("The connection was cut.", { outcome: "unknown" });
    call(0).fail(error);
    expect(await result).toBeUndefined();
    expect(state()).toMatchObject({ status: "error", error, outcome: "unknown", steps: [] });
    expect(onError).toHaveBeenCalledExactlyOnceWith(error, "unknown");
  });

  it("an edit that preflight refuses reports the problems", async () => {
    const { session, call, state } = setUpSession();
    const result = session.editOrThrow({ ...params, image: file });
    await settle();
    call(0).fail(new InvalidInputError({ problems: [wrongSize] }));
    await expect(result).rejects.toThrow("`size` is not allowed.");
    expect(state()).toMatchObject({ status: "error", outcome: "not-sent", problems: [wrongSize] });
  });

  it("an unknown error after sending counts as possibly billed", async () => {
    const { session, call, state } = setUpSession();
    void session.edit({ ...params, image: file });
    await settle();
    call(0).fail(new TypeError("unexpected"));
    await settle();
    expect(state()).toMatchObject({ status: "error", outcome: "unknown" });
  });

  it("retry edits the same image, even if another one is current now", async () => {
    const { session, call, state } = setUpSession();
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
    const { session, call, state } = setUpSession({ onFinish });
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
    const { session, call, state } = setUpSession({ onError });
    const result = session.editOrThrow({ ...params, image: file });
    await settle();
    session.cancel();
    expect(call(0).events.signal.aborted).toBe(true);
    expect(state()).toMatchObject({ status: "canceled", outcome: "unknown" });
    await expect(result).rejects.toMatchObject({ name: "AbortError", message: "The edit was canceled." });
    expect(onError).not.toHaveBeenCalled();
  });

  it("cancel while images are prepared reports that nothing was sent", async () => {
    const { session, state, transport } = setUpSession({ prepare: { maxEdgePx: 100 } });
    void session.edit({ ...params, image: file });
    session.cancel();
    expect(state()).toMatchObject({ status: "canceled", outcome: "not-sent" });
    await settle();
    expect(transport.calls).toHaveLength(0);
  });

  it("cancel keeps a response that has arrived", async () => {
    const { session, call, state } = setUpSession();
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
    const { session, call, state } = setUpSession();
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
