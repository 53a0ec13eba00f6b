import { InvalidInputError, NetworkError } from "@retouch/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { controlledTransport, imageOf } from "../fixtures/controlled-transport.ts";
import { file, params, settle, setUpSession, wrongSize } from "../fixtures/set-up-session.ts";
import type { EditSessionOptions } from "./edit-session-options.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a mistyped option", () => {
  it("is refused at creation and later, with the right name", () => {
    const { session } = setUpSession();
    const mistyped = { onfinish: () => undefined } as object as EditSessionOptions;
    const message = "`onfinish` is not an option of a session. Did you mean `onFinish`?";
    expect(() => setUpSession(mistyped)).toThrow(message);
    expect(() => session.configure(mistyped)).toThrow(message);
    expect(() => setUpSession({ onfinish: undefined } as object)).not.toThrow();
  });
});

describe("edit", () => {
  it("an edit goes from preparing to success and makes the result current", async () => {
    const { session, states, call, state } = setUpSession();
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
    const { session, call, state } = setUpSession();
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
    const { session, call, state } = setUpSession();
    const result = session.edit({ ...params, image: file });
    await settle();
    call(0).succeed("night");
    expect((await result)?.url).toMatch(/^blob:/);
    expect(state().status).toBe("success");
    session.dispose();
    expect(session.liveUrls).toBe(0);
  });

  it("an edit without an image edits the last result", async () => {
    const { session, call } = setUpSession();
    const first = session.edit({ ...params, image: file });
    await settle();
    call(0).succeed("night");
    const step = await first;
    void session.edit(params);
    await settle();
    expect(call(1).params["image"]).toBe(step?.blob);
  });

  it("an edit of an earlier image starts a branch there", async () => {
    const { session, call, state } = setUpSession();
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
    const { session, call, state } = setUpSession({ onFinish });
    const result = session.edit({ ...params, image: file, n: 3 });
    await settle();
    call(0).succeed("a", "b", "c");
    const step = await result;
    expect(state().steps).toHaveLength(4);
    expect(state().current).toBe(step);
    expect(onFinish).toHaveBeenCalledExactlyOnceWith(step, state().steps.slice(1));
  });

  it("an edit stores the URL of an image that the page may not read", async () => {
    const { session, call, state } = setUpSession();
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
    const { session, call, state } = setUpSession();
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
    const { session, call, state } = setUpSession();
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
    const { session, call } = setUpSession({ onPartial });
    void session.edit({ ...params, image: file });
    await settle();
    for (const index of [0, 1, 2]) call(0).events.onPartial(imageOf(`${index}`), index);
    await settle();
    expect(onPartial.mock.calls.map(([partial]) => partial.index)).toEqual([2]);
  });
});

describe("check", () => {
  it("check publishes the problems of the newest check and sends nothing", async () => {
    const transport = controlledTransport({ problems: [wrongSize] });
    const { session, state } = setUpSession({ transport });
    session.load(file);
    expect(await session.check(params)).toEqual([wrongSize]);
    expect(state().problems).toEqual([wrongSize]);
    expect([transport.calls.length, transport.checked[0]?.["image"]]).toEqual([0, file]);
  });
});

describe("a late check", () => {
  it("a check that ends after an edit has started does not overwrite its problems", async () => {
    const { session, call, state, transport } = setUpSession();
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

describe("configure", () => {
  it("callbacks come from the latest configuration", async () => {
    const [older, newer] = [vi.fn(), vi.fn()];
    const { session, call, transport } = setUpSession({ onFinish: older });
    const result = session.edit({ ...params, image: file });
    await settle();
    session.configure({ transport, onFinish: newer });
    call(0).succeed("night");
    await result;
    expect([older.mock.calls.length, newer.mock.calls.length]).toEqual([0, 1]);
  });
});
