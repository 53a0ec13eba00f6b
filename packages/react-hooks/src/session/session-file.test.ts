import type { Problem } from "@retouch/client";
import { afterEach, expect, it, vi } from "vitest";
import { setUpSession } from "../fixtures/set-up-session.ts";
import type { EditSession } from "./edit-session.ts";

const sessions: EditSession[] = [];
afterEach(() => {
  for (const session of sessions.splice(0)) session.dispose();
});

function setUp() {
  const made = setUpSession();
  sessions.push(made.session);
  return made;
}

/** Exports a source, an edit of it with a mask, and a branch; the first edit is current. */
async function exportTree(): Promise<Blob> {
  const { session, call } = setUp();
  const image = new File(["source"], "photo.png", { type: "image/png" });
  const mask = new Blob(["mask"], { type: "image/png" });
  session.load(image);
  const night = session.editOrThrow({ model: "acme-9", prompt: "night", mask });
  (await vi.waitFor(() => call(0))).succeed("night");
  const { id } = await night;
  session.undo();
  const dawn = session.editOrThrow({ model: "acme-9", prompt: "dawn" });
  (await vi.waitFor(() => call(1))).succeed("dawn");
  await dawn;
  session.jumpTo(id);
  return session.exportSession();
}

it("an exported session has its images, parents, masks and prompts in another one, which keeps its own", async () => {
  const file = await exportTree();
  const { session, call } = setUp();
  session.load(new Blob(["own"], { type: "image/png" }));
  await session.importSession(new Blob([await file.arrayBuffer()]));
  const { steps, current } = session.getSnapshot();
  const seen = steps.map(async ({ blob, mask, params, parentId }) => [
    await blob?.text(),
    await mask?.text(),
    params?.["prompt"],
    steps.findIndex(({ id }) => id === parentId),
  ]);
  expect(await Promise.all(seen)).toEqual([
    ["source", undefined, undefined, -1],
    ["night", "mask", "night", 0],
    ["dawn", undefined, "dawn", 0],
    ["own", undefined, undefined, -1],
  ]);
  expect(new Set(steps.map(({ id }) => id)).size).toBe(4);
  expect(current?.params?.["prompt"]).toBe("night");
  expect(steps[0]?.blob).toMatchObject({ name: "photo.png", type: "image/png" });
  // The same mask with a new prompt, from the same original.
  const again = session.editAgain(current?.id ?? "", { prompt: "noon" });
  const { params, succeed } = await vi.waitFor(() => call(0));
  expect(params).toMatchObject({ prompt: "noon", model: "acme-9" });
  expect(params["image"]).toBe(steps[0]?.blob);
  expect(await (params["mask"] as Blob).text()).toBe("mask");
  succeed("noon");
  await again;
});

it("a file that is cut, changed or of another kind adds nothing", async () => {
  const file = await exportTree();
  const { session } = setUp();
  const files = [
    file.slice(0, file.size - 1),
    file.slice(0, 30),
    file.slice(1),
    new Blob(["retouch-session 1\n4\nnull"]),
    new Blob(["retouch-session 2\n2\n{}"]),
    new Blob([]),
  ];
  for (const given of files) {
    const { outcome, problems } = await session.importSession(given).catch((error) => error);
    const [code] = problems.map((problem: Problem) => problem.code);
    expect({ outcome, code }).toEqual({ outcome: "not-sent", code: "invalid_session" });
  }
  expect(session.getSnapshot().steps).toEqual([]);
});
