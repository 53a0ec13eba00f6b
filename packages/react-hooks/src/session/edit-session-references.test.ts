import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { file, params, settle, setUpSession } from "../fixtures/set-up-session.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const logo = new Blob(["logo"], { type: "image/png" });
const texture = new Blob(["texture"], { type: "image/png" });

/** A session whose current image is `file`, with the ids of two other images. */
function setUp() {
  const made = setUpSession({ concurrency: "queue" });
  for (const image of [file, logo, texture]) made.session.load(image);
  const [first, ...others] = made.state().steps.map(({ id }) => id);
  made.session.jumpTo(first ?? "");
  return { ...made, ids: others };
}

describe("references", () => {
  it("are sent after the current image, and by a queued edit after the result of the edit before it", async () => {
    const { session, call, state, ids } = setUp();
    session.setReferences(ids);
    expect(state().references.map(({ blob }) => blob)).toEqual([logo, texture]);
    const first = session.edit(params);
    const queued = session.edit({ ...params, prompt: "add stars" });
    const own = session.edit({ ...params, references: [texture] });
    const none = session.edit({ ...params, references: [] });
    session.setReferences([]); // those of the call count
    await settle();
    expect(call(0).params["image"]).toEqual([file, logo, texture]);
    expect(Object.keys(call(0).params)).not.toContain("references");
    call(0).succeed("night");
    await settle();
    const result = await first;
    expect(call(1).params["image"]).toEqual([result?.blob, logo, texture]);
    expect([result?.parentId, result?.inputIds]).toEqual(["1", ["1", ...ids]]);
    call(1).succeed("stars");
    await settle();
    const second = await queued;
    expect(second).toMatchObject({ parentId: result?.id, inputIds: [result?.id, ...ids] });
    expect(call(2).params["image"]).toEqual([second?.blob, texture]);
    call(2).succeed("textured");
    await settle();
    expect(call(3).params["image"]).toBe((await own)?.blob);
    call(3).succeed("plain");
    expect(state().runs[1]?.params).toEqual({ ...params, prompt: "add stars" });
    expect(await none).toBeDefined();
  });

  it("of an edit that is left out are not those of the next one, which edits the same image", async () => {
    const { session, call, ids } = setUp();
    session.setReferences(ids);
    void session.edit({ ...params, image: [file, texture] });
    void session.edit({ ...params, image: [logo, texture] });
    void session.edit({ ...params, prompt: "on the logo", references: [file] });
    const [, second] = session.getSnapshot().runs;
    session.cancel(second?.id);
    await settle();
    call(0).succeed("night");
    await settle();
    expect(call(1).params["image"]).toEqual([logo, file]);
  });

  it("are not the current image too, are replaced by `editAgain`, and only given to a retry that had them", async () => {
    const { session, transport, call, state, ids } = setUp();
    const [logoId = "", textureId = ""] = ids;
    session.setReferences([logoId, logoId, textureId, "unknown"]);
    const { references } = state();
    expect(references.map(({ id }) => id)).toEqual([logoId, textureId]);
    session.clearError();
    expect(state().references).toBe(references);
    session.jumpTo(logoId);
    const made = session.edit(params);
    await settle();
    expect(call(0).params["image"]).toEqual([logo, texture]);
    call(0).succeed("night");
    const step = await made;
    void session.editAgain(step?.id ?? "", { references: [file] });
    await settle();
    expect(call(1).params["image"]).toEqual([logo, file]);
    call(1).succeed("day");
    await settle();

    session.setReferences([]);
    void session.edit(params);
    void session.edit({ ...params, prompt: "canceled" });
    const queued = state().runs.at(-1);
    session.cancel(queued?.id);
    session.setReferences([logoId]);
    await settle();
    call(2).succeed("dusk");
    await settle();
    void session.retry(queued?.id);
    await settle();
    expect(call(3).params["image"]).toBe(state().current?.blob);
    await session.check(params);
    expect(transport.checked.at(-1)?.["image"]).toEqual([state().current?.blob, logo]);
    session.clear();
    expect(state().references).toEqual([]);
  });

  it("that the page may not read are refused before anything is sent", async () => {
    const { session, transport, state } = setUp();
    const edit = session.edit({ ...params, references: [undefined as never] });
    await settle();
    expect(await edit).toBeUndefined();
    expect(state()).toMatchObject({ status: "error", outcome: "not-sent" });
    expect(state().problems[0]?.code).toBe("cross_origin_image");
    expect(transport.calls).toHaveLength(0);
  });
});
