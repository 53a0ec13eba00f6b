import { setupWorker } from "msw/browser";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { editForm } from "../testing/edit-form.ts";
import { createHandlers } from "./index.ts";

const worker = setupWorker();
beforeAll(() => worker.start({ quiet: true, onUnhandledFrame: "bypass" }));
afterEach(() => worker.resetHandlers());
afterAll(() => worker.stop());

const size = { width: 90, height: 60 };
const hole = { left: 20, top: 15, width: 40, height: 30 };

async function draw(paint: (context: OffscreenCanvasRenderingContext2D) => void): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(size.width, size.height);
  paint(canvas.getContext("2d") as OffscreenCanvasRenderingContext2D);
  return new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
}

const scene = await draw((context) => {
  const sky = context.createLinearGradient(0, 0, 90, 60);
  sky.addColorStop(0, "#2266cc");
  sky.addColorStop(1, "#eecc88");
  context.fillStyle = sky;
  context.fillRect(0, 0, 90, 60);
});
const mask = await draw((context) => {
  context.fillRect(0, 0, 90, 60);
  context.clearRect(hole.left, hole.top, hole.width, hole.height);
});

async function post(fields: Record<string, string | Uint8Array>, headers: Record<string, string> = {}) {
  const body = editForm({ prompt: "oil", model: "acme-9", size: "90x60", image: scene, ...fields });
  const init = { method: "POST", body, headers: { authorization: "Bearer k", ...headers } };
  return fetch("https://images.test/v1/images/edits", init);
}

async function pixels(source: Blob) {
  const bitmap = await createImageBitmap(source);
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  context?.drawImage(bitmap, 0, 0);
  return context?.getImageData(0, 0, bitmap.width, bitmap.height) as ImageData;
}

test("edits in a page: inside the hole, and nowhere else", async () => {
  const handlers = createHandlers({ baseUrl: "https://images.test/v1" });
  worker.use(...handlers);
  const { data } = await (await post({ mask })).json();
  const after = await pixels(await (await fetch(`data:image/png;base64,${data[0].b64_json}`)).blob());
  const before = await pixels(new Blob([scene as Uint8Array<ArrayBuffer>]));
  expect([after.width, after.height]).toEqual([90, 60]);
  const changed = { inside: 0, outside: 0 };
  for (let index = 0; index < 90 * 60; index += 1) {
    const [x, y] = [index % 90, Math.floor(index / 90)];
    const inside = x >= 20 && x < 60 && y >= 15 && y < 45;
    const at = [0, 1, 2, 3].map((channel) => index * 4 + channel);
    if (at.some((place) => before.data[place] !== after.data[place]))
      changed[inside ? "inside" : "outside"] += 1;
  }
  expect(changed.outside).toBe(0);
  expect(changed.inside).toBeGreaterThan(1000);
  expect(handlers.requests[0]).toMatchObject({ status: 200, done: true });
});

test("validates as the server does, and streams", async () => {
  worker.use(...createHandlers());
  const refused = await post({ n: "99" });
  expect([refused.status, (await refused.json()).error.param]).toEqual([400, "n"]);
  const opaque = await post({ mask: scene });
  expect((await opaque.json()).error.code).toBe("invalid_mask_alpha");
  const events = await (await post({ stream: "true", partial_images: "1" })).text();
  expect(events.match(/^event: .*/gm)).toHaveLength(2);
});

test("serves images by URL", async () => {
  worker.use(...createHandlers({ scenario: "url" }));
  const { data } = await (await post({ output_format: "webp" })).json();
  const image = await (await fetch(data[0].url)).blob();
  expect(image.type).toBe("image/webp");
  expect((await pixels(image)).width).toBe(90);
});

test.each([
  ["gif", "image/gif"],
  ["svg", "image/svg+xml"],
])("serves %s images that the browser shows", async (format, mediaType) => {
  worker.use(...createHandlers({ scenario: "url" }));
  const { data, output_format } = await (await post({ output_format: format })).json();
  const blob = await (await fetch(data[0].url)).blob();
  expect([output_format, blob.type]).toEqual([format, mediaType]);
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  await image.decode();
  URL.revokeObjectURL(image.src);
  expect([image.naturalWidth, image.naturalHeight]).toEqual([90, 60]);
});

test("animates a GIF with frames of the asked duration", async () => {
  worker.use(...createHandlers());
  const { data } = await (
    await post({ output_format: "gif", frame_count: "3", frame_duration_ms: "50" })
  ).json();
  const bytes = await (await fetch(`data:image/gif;base64,${data[0].b64_json}`)).arrayBuffer();
  const decoder = new ImageDecoder({ data: bytes, type: "image/gif" });
  await Promise.all([decoder.tracks.ready, decoder.completed]);
  expect(decoder.tracks.selectedTrack).toMatchObject({ frameCount: 3, animated: true });
  const { image } = await decoder.decode({ frameIndex: 2 });
  expect([image.displayWidth, image.displayHeight, image.duration]).toEqual([90, 60, 50_000]);
  image.close();
  decoder.close();
});
