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

it("a step names the images that were sent, base first, also in another session", async () => {
  const { session, call } = setUp();
  const [logo, photo] = ["logo", "photo"].map((text) => new Blob([text], { type: "image/png" }));
  for (const image of [logo, photo]) session.load(image ?? new Blob());
  const outside = new Blob(["outside"], { type: "image/png" });
  const edit = session.editOrThrow({
    model: "acme-9",
    prompt: "together",
    image: [photo ?? outside, outside, logo ?? outside],
  });
  (await vi.waitFor(() => call(0), 30_000)).succeed("together");
  const { inputIds } = await edit;
  const [logoId, photoId] = session.getSnapshot().steps.map(({ id }) => id);
  expect(inputIds).toEqual([photoId, undefined, logoId]);
  const { session: other } = setUp();
  other.load(new Blob(["own"]));
  await other.importSession(await session.exportSession());
  const { steps } = other.getSnapshot();
  const imported = steps.find(({ params }) => params !== undefined);
  const texts = imported?.inputIds?.map((id) => steps.find((step) => step.id === id)?.blob?.text());
  expect(await Promise.all(texts ?? [])).toEqual(["photo", undefined, "logo"]);
});

/** Exports a source, an edit of it with a mask, and a branch; the first edit is current. */
async function exportTree(): Promise<Blob> {
  const { session, call } = setUp();
  const image = new File(["source"], "photo.png", { type: "image/png" });
  const mask = new Blob(["mask"], { type: "image/png" });
  session.load(image);
  const night = session.editOrThrow({ model: "acme-9", prompt: "night", mask });
  (await vi.waitFor(() => call(0), 30_000)).succeed("night");
  const { id } = await night;
  session.undo();
  const dawn = session.editOrThrow({ model: "acme-9", prompt: "dawn" });
  (await vi.waitFor(() => call(1), 30_000)).succeed("dawn");
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
  const { params, succeed } = await vi.waitFor(() => call(0), 30_000);
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
