import { afterEach, expect, it, vi } from "vitest";
import { setUpSession } from "../fixtures/set-up-session.ts";
import { runTask, runTaskUntil } from "../worker/run-task.ts";
import { prepareEdit } from "./prepare-edit.ts";

afterEach(() => vi.restoreAllMocks());

async function createImage(): Promise<Blob> {
  const canvas = new OffscreenCanvas(1600, 1200);
  canvas.getContext("2d")?.fillRect(0, 0, 800, 1200);
  return canvas.convertToBlob({ type: "image/png" });
}

/** Resolves when the next task was given to a worker, which works on it from then on. */
function nextTask(): Promise<void> {
  const post = Worker.prototype.postMessage;
  return new Promise((resolve) => {
    vi.spyOn(Worker.prototype, "postMessage").mockImplementationOnce(function (
      this: Worker,
      ...args: unknown[]
    ) {
      Reflect.apply(post, this, args);
      resolve();
    });
  });
}

const params = { model: "acme-9", prompt: "x" };

it("canceling an edit that is prepared stops the work, and sends nothing", async () => {
  const { session, transport } = setUpSession({ prepare: { maxEdgePx: 300 } });
  const image = await createImage();
  const stopped = vi.spyOn(Worker.prototype, "terminate");
  const working = nextTask();
  const edited = session.editOrThrow({ ...params, image });
  await working;
  session.cancel();
  await expect(edited).rejects.toMatchObject({ code: "canceled" });
  expect(session.getSnapshot()).toMatchObject({ status: "canceled", outcome: "not-sent" });
  await vi.waitFor(() => expect(stopped).toHaveBeenCalledTimes(1), 30_000);
  // The same image again: prepared anew, and sent.
  const next = session.editOrThrow({ ...params, image });
  await vi.waitFor(() => expect(transport.calls).toHaveLength(1), 30_000);
  transport.calls[0]?.succeed("image");
  await next;
  expect(transport.calls).toHaveLength(1);
  session.dispose();
});

it("a check that waits for the same preparation gets it", async () => {
  const given = { ...params, image: await createImage() };
  const options = { prepare: { maxEdgePx: 300 } };
  const controller = new AbortController();
  const canceled = prepareEdit(given, options, controller.signal);
  const checked = prepareEdit(given, options);
  controller.abort(new Error("canceled"));
  await expect(canceled).rejects.toThrow("canceled");
  expect((await checked).reports).toMatchObject([{ changed: true }]);
  expect((await prepareEdit(given, options)).params["image"]).toBe((await checked).params["image"]);
});

it("a task of another image goes on when one is stopped", async () => {
  const image = await createImage();
  const controller = new AbortController();
  const stopped = runTaskUntil(controller.signal, "createThumbnail", image, 64);
  const other = runTask("createThumbnail", image, 32);
  controller.abort(new Error("stop"));
  await expect(stopped).rejects.toThrow("stop");
  expect(await other).toBeInstanceOf(Blob);
  await expect(runTaskUntil(controller.signal, "createThumbnail", image, 64)).rejects.toThrow("stop");
});
