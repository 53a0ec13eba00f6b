import { InvalidInputError, NetworkError } from "@retouch/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { imageOf, resultOf } from "../fixtures/controlled-transport.ts";
import { file, params, settle, setUpSession, wrongSize } from "../fixtures/set-up-session.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const mask = new Blob(["mask"], { type: "image/png" });

/** Edits `file`, and resolves with the result. */
async function editOnce({ session, transport, call }: ReturnType<typeof setUpSession>, more: object = {}) {
  const result = session.edit({ ...params, image: file, ...more });
  await settle();
  call(transport.calls.length - 1).succeed("night");
  const step = await result;
  if (step === undefined) throw new Error("The edit failed.");
  return step;
}

describe("runs", () => {
  it("a run has the params, mask, progress, usage, cost and steps of its edit", async () => {
    const { session, call, state } = setUpSession();
    const result = session.edit({ ...params, image: file, mask });
    await settle();
    call(0).events.onUploadProgress({ loadedBytes: 5, totalBytes: 10 });
    expect(state().runs).toMatchObject([
      { id: "run-1", status: "uploading", params, mask, progress: { fraction: 0.5 }, outcome: undefined },
    ]);
    expect(state().runs[0]?.params).not.toHaveProperty("image");
    call(0).succeedWith({ ...resultOf("night"), usage: { totalTokens: 7, costUsd: 0.04 } });
    const step = await result;
    expect(state().runs).toMatchObject([
      {
        status: "success",
        stepIds: [step?.id],
        usage: { totalTokens: 7 },
        costUsd: 0.04,
        requestId: "req_night",
      },
    ]);
  });

  it("every queued edit is a run with a status of its own, and one of them can be canceled", async () => {
    const all = setUpSession({ concurrency: "queue" });
    const { session, call, state, transport } = all;
    void session.edit({ ...params, image: file });
    const second = session.edit({ ...params, prompt: "second" });
    const third = session.edit({ ...params, prompt: "third" });
    await settle();
    expect(state().runs.map(({ status }) => status)).toEqual(["uploading", "queued", "queued"]);
    session.cancel(state().runs[1]?.id);
    expect(await second).toBeUndefined();
    expect(state().runs[1]).toMatchObject({
      status: "canceled",
      outcome: "not-sent",
      error: { code: "canceled" },
    });
    expect(state()).toMatchObject({ status: "uploading", queued: 1 });
    call(0).succeed("night");
    await settle();
    expect(transport.calls.map((one) => one.params["prompt"])).toEqual([params.prompt, "third"]);
    call(1).succeed("third");
    expect((await third)?.parentId).toBe("2");
  });

  it("canceling the run in progress starts the next one, of the same image", async () => {
    const { session, call, state, transport } = setUpSession({ concurrency: "queue" });
    session.load(new Blob(["another"]));
    void session.edit({ ...params, image: file });
    void session.edit({ ...params, prompt: "second" });
    await settle();
    session.cancel(state().runs[0]?.id);
    await settle();
    expect(call(0).events.signal.aborted).toBe(true);
    expect(state().runs).toMatchObject([{ status: "canceled", outcome: "unknown" }, { status: "uploading" }]);
    expect(transport.calls[1]?.params["prompt"]).toBe("second");
    expect(transport.calls[1]?.params["image"]).toBe(file); // blobs have no properties to compare
  });

  it("an unknown id cancels and retries nothing", async () => {
    const { session, state, transport } = setUpSession();
    void session.edit({ ...params, image: file });
    await settle();
    session.cancel("run-9");
    expect(await session.retry("run-9")).toBeUndefined();
    expect(state().status).toBe("uploading");
    expect(transport.calls).toHaveLength(1);
  });

  it("any run can be retried, which is a new run", async () => {
    const all = setUpSession();
    const { session, call, state } = all;
    void session.edit({ ...params, prompt: "first", image: file, mask });
    await settle();
    call(0).fail(new NetworkError("Cut.", { outcome: "unknown" }));
    await settle();
    await editOnce(all);
    const again = session.retry("run-1");
    await settle();
    expect(call(2).params).toEqual(call(0).params);
    call(2).succeed("again");
    expect((await again)?.parentId).toBe("1");
    expect(state().runs).toMatchObject([
      { id: "run-1", status: "error", outcome: "unknown" },
      { id: "run-2", status: "success" },
      { id: "run-3", status: "success", retryOf: "run-1" },
    ]);
  });

  it("an invalid first edit refuses no other, and the next edits the image that it was about", async () => {
    const { session, call, state, transport } = setUpSession({ concurrency: "queue" });
    session.load(new Blob(["another"]));
    void session.edit({ ...params, size: "1x1" as never, image: file });
    const second = session.edit({ ...params, prompt: "second" });
    const third = session.edit({ ...params, prompt: "third" });
    await settle();
    call(0).fail(new InvalidInputError({ problems: [wrongSize] }));
    await settle();
    expect(transport.calls[1]?.params["prompt"]).toBe("second");
    expect(transport.calls[1]?.params["image"]).toBe(file); // blobs have no properties to compare
    call(1).succeed("second");
    await second;
    await settle();
    expect(transport.calls[2]?.params["image"]).toBe((await second)?.blob);
    call(2).succeed("third");
    await third;
    expect(state().runs.map(({ status }) => status)).toEqual(["error", "success", "success"]);
  });

  it("as many ended runs are kept as images", async () => {
    const all = setUpSession({ historyLimit: 3 });
    for (let index = 0; index < 6; index += 1) await editOnce(all);
    expect(all.state().runs.map(({ id }) => id)).toEqual(["run-4", "run-5", "run-6"]);
  });
});

describe("editAgain", () => {
  it("editAgain sends the mask and the params of a step with another prompt, for the image it was made from", async () => {
    const all = setUpSession();
    const { session, call } = all;
    const step = await editOnce(all, { mask, size: "1024x1024" });
    expect(step.mask).toBe(mask);
    void session.editAgain(step.id, { prompt: "dawn" });
    await settle();
    expect(call(1).params).toEqual({ ...params, prompt: "dawn", image: file, mask, size: "1024x1024" });
  });

  it("editAgain of a source edits it, and of an unknown step nothing", async () => {
    const { session, call, transport, state } = setUpSession();
    session.load(file);
    expect(await session.editAgain("9", params)).toBeUndefined();
    expect(transport.calls).toHaveLength(0);
    void session.editAgain(state().current?.id ?? "", params);
    await settle();
    expect(call(0).params).toEqual({ ...params, image: file });
  });
});

describe("load, clear and clearError", () => {
  it("load keeps every image, and does not add one twice", async () => {
    const all = setUpSession();
    const { session, state } = all;
    const step = await editOnce(all);
    session.load(new Blob(["another"]));
    expect(state()).toMatchObject({ status: "idle", canUndo: false, current: { id: "3" } });
    session.load(file);
    expect(state().current?.id).toBe("1");
    expect(state().steps).toHaveLength(3);
    expect(state().steps).toContain(step);
  });

  it("load during an edit leaves it running, and its result does not replace the loaded image", async () => {
    const { session, call, state } = setUpSession({ historyLimit: 2 });
    const result = session.edit({ ...params, image: file });
    await settle();
    const other = new Blob(["another"]);
    session.load(other);
    expect(state().status).toBe("uploading");
    call(0).succeed("night");
    const step = await result;
    expect(state().current?.blob).toBe(other);
    expect(state().steps).toContain(step);
  });

  it("clearError removes a failure from the state, and its run keeps it", async () => {
    const { session, call, state } = setUpSession();
    void session.edit({ ...params, image: file });
    await settle();
    call(0).fail(new NetworkError("Cut.", { outcome: "unknown" }));
    await settle();
    session.clearError();
    expect(state()).toMatchObject({
      status: "idle",
      error: undefined,
      message: undefined,
      outcome: undefined,
    });
    expect(state().runs).toMatchObject([{ status: "error", outcome: "unknown" }]);
    void session.retry();
    await settle();
    expect(call(1).params).toEqual(call(0).params);
  });

  it("clear ends every run, with its callbacks", async () => {
    const onSettled = vi.fn();
    const { session, state } = setUpSession({ concurrency: "queue", onSettled });
    void session.edit({ ...params, image: file });
    void session.edit(params);
    await settle();
    session.clear();
    expect(onSettled.mock.calls.map(([run]) => [run.status, run.error.code, run.outcome])).toEqual([
      ["canceled", "session_cleared", "not-sent"],
      ["canceled", "session_cleared", "unknown"],
    ]);
    expect(state()).toMatchObject({ status: "idle", runs: [], steps: [], queued: 0 });
  });
});

describe("callbacks of one edit", () => {
  it("are called after those of the session, and onSettled last", async () => {
    const calls: string[] = [];
    const named = (name: string) => ({
      onPartial: () => calls.push(`${name} partial`),
      onFinish: () => calls.push(`${name} finish`),
      onError: () => calls.push(`${name} error`),
      onCancel: (outcome: string) => calls.push(`${name} cancel ${outcome}`),
      onSettled: ({ status }: { status: string }) => calls.push(`${name} ${status}`),
    });
    const { session, call } = setUpSession(named("session"));
    const result = session.edit({ ...params, image: file }, named("edit"));
    await settle();
    call(0).events.onPartial(imageOf("half"), 0);
    await settle();
    call(0).succeed("night");
    await result;
    void session.edit(params, named("edit"));
    await settle();
    call(1).fail(new TypeError("no"));
    await settle();
    void session.edit(params, named("edit"));
    await settle();
    session.cancel();
    const each = ["partial", "finish", "success", "error", "error", "cancel unknown", "canceled"];
    expect(calls).toEqual(each.flatMap((one) => [`session ${one}`, `edit ${one}`]));
  });
});

describe("messages", () => {
  it("replace every sentence by its code, also in problems and of canceled edits", async () => {
    const { session, call, state } = setUpSession({
      messages: {
        not_allowed: ({ field }) => `Le champ ${field} ne convient pas.`,
        canceled: "Annulé.",
        connection_failed: "Pas de connexion.",
      },
    });
    void session.edit({ ...params, image: file });
    await settle();
    call(0).fail(new InvalidInputError({ problems: [wrongSize] }));
    await settle();
    const message = "Le champ size ne convient pas.";
    expect(state()).toMatchObject({
      message,
      problems: [{ code: "not_allowed", message }],
      runs: [{ message }],
    });
    void session.retry();
    await settle();
    session.cancel();
    expect(state()).toMatchObject({ status: "canceled", message: "Annulé." });
    void session.retry();
    await settle();
    const failure = { outcome: "unknown", code: "connection_failed" } as const;
    call(2).fail(new NetworkError("Cut.", failure));
    await settle();
    expect(state()).toMatchObject({ message: "Pas de connexion.", error: { message: "Cut." } });
  });
});

describe("a storage", () => {
  it("has stored an edit as sent, and what collects it, before it is sent", async () => {
    const stores: (() => void)[] = [];
    const sync = () => new Promise<void>((resolve) => stores.push(resolve));
    const storage = { open: async () => ({ sync, close: () => undefined }) };
    const { session, transport } = setUpSession({ storage });
    session.subscribe(() => undefined);
    await settle();
    const events: string[] = [];
    session.configure({
      transport: {
        reportsSend: true,
        check: transport.check,
        async run(_, { onSend, onJob }) {
          await onSend?.();
          events.push("stored as sent");
          await onJob?.("job-1");
          events.push("stored its job");
          return resultOf("night");
        },
      },
    });
    void session.edit({ ...params, image: file });
    await settle();
    expect(events).toEqual([]);
    for (const store of stores.splice(0)) store();
    await settle();
    expect(events).toEqual(["stored as sent"]);
    for (const store of stores.splice(0)) store();
    await settle();
    expect(events).toEqual(["stored as sent", "stored its job"]);
  });
});

describe("the state", () => {
  it("is the same object while nothing changes", async () => {
    const all = setUpSession();
    const { session, state } = all;
    await editOnce(all);
    session.load(file);
    const before = state();
    const listener = vi.fn();
    session.subscribe(listener);
    session.undo();
    session.jumpTo("none");
    session.cancel();
    session.clearError();
    session.load(file);
    session.configure({ transport: all.transport });
    expect(state()).toBe(before);
    expect(listener).not.toHaveBeenCalled();
  });

  it("never shows a URL that is revoked, nor keeps one that it does not show", async () => {
    const revoked: string[] = [];
    vi.spyOn(URL, "revokeObjectURL").mockImplementation((url) => {
      const { steps, partial } = all.state();
      expect([partial?.url, ...steps.map((step) => step.url)]).not.toContain(url);
      revoked.push(url);
    });
    const all = setUpSession({ historyLimit: 2 });
    for (const image of [file, undefined, new Blob(["b"])]) {
      const result = all.session.edit({ ...params, image });
      await settle();
      const { events, succeed } = all.call(all.transport.calls.length - 1);
      events.onPartial(imageOf("half"), 0);
      await settle();
      succeed("night");
      await result;
    }
    expect(revoked).toHaveLength(3 + 3); // each preview, and the images beyond the limit
    expect(all.session.liveUrls).toBe(2);
  });
});
