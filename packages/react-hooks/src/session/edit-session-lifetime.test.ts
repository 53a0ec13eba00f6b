import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { imageOf } from "../fixtures/controlled-transport.ts";
import { file, params, settle, setUpSession } from "../fixtures/set-up-session.ts";
import { watchObjectUrls } from "../fixtures/watch-object-urls.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("object URLs", () => {
  it("object URLs stay valid for every image of the newest edit, even beyond the limit", async () => {
    const onFinish = vi.fn();
    const { session, call, state } = setUpSession({ historyLimit: 2, onFinish });
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
    const { session, call, state } = setUpSession({ historyLimit: 12 });
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
    const { session, state } = setUpSession();
    session.load(file);
    session.load(file);
    expect([urls.alive.size, state().current?.blob, state().status]).toEqual([1, file, "idle"]);
    session.clear();
    expect([urls.alive.size, state().current]).toEqual([0, undefined]);
  });
});

describe("retain", () => {
  it("the last release aborts the edit in progress and refuses another", async () => {
    const { session, call, transport } = setUpSession();
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
    const { session, call } = setUpSession();
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
    const { session, call } = setUpSession();
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
    const { session, call } = setUpSession({ onUnmount: "keep", onFinish });
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
