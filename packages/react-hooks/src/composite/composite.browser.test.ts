import type { EditResult } from "@retouch/client";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createPattern, pixelsOf, withOrientation } from "../fixtures/images.ts";
import { encodeMask } from "../mask/encode-mask.ts";
import { MaskPainter } from "../mask/mask-painter.ts";
import { encodeRuns } from "../mask/run-lengths.ts";
import { EditSession } from "../session/edit-session.ts";
import type { EditSessionOptions } from "../session/edit-session-options.ts";
import type { MessageSource } from "../session/messages.ts";
import type { CompleteParams, EditTransport } from "../transport/edit-transport.ts";

/** The server of a test. */
type Respond = (params: CompleteParams) => Promise<Blob>;

/** Returns a green image of the size that was asked for. */
async function green({ size }: CompleteParams): Promise<Blob> {
  const [width = 0, height = 0] = String(size).split("x").map(Number);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("The canvas context is missing.");
  context.fillStyle = "#00ff00";
  context.fillRect(0, 0, width, height);
  return canvas.convertToBlob();
}

function setUp(respond: Respond, options: Partial<EditSessionOptions> = {}) {
  const sent: CompleteParams[] = [];
  const checked: CompleteParams[] = [];
  const transport: EditTransport = {
    check: async (params) => {
      checked.push(params);
      return { problems: [] } as never;
    },
    run: async (params) => {
      sent.push(params);
      const blob = await respond(params);
      const image = { blob: async () => blob, mediaType: blob.type, width: 1, height: 1 };
      return { images: [image], warnings: [] } as unknown as EditResult;
    },
  };
  return { sent, checked, session: new EditSession({ transport, composite: true, ...options }) };
}

function mark(
  width: number,
  height: number,
  corners: readonly [number, number, number, number],
): MaskPainter {
  const painter = new MaskPainter({ width, height });
  painter.add({ kind: "rectangle", mode: "mark", corners });
  return painter;
}

/** Returns how many pixels outside a box differ. */
function changedOutside(a: ImageData, b: ImageData, [left, top, right, bottom]: readonly number[]): number {
  const [before, after] = [new Uint32Array(a.data.buffer), new Uint32Array(b.data.buffer)];
  let changed = 0;
  for (let at = 0, y = 0; y < a.height; y += 1)
    for (let x = 0; x < a.width; x += 1, at += 1) {
      const isInside = x >= (left ?? 0) && x < (right ?? 0) && y >= (top ?? 0) && y < (bottom ?? 0);
      if (!isInside && before[at] !== after[at]) changed += 1;
    }
  return changed;
}

afterEach(() => vi.restoreAllMocks());

describe("composite", () => {
  it("a 12 MP photograph with EXIF orientation 6 comes back at its size, exact outside the mask, without work in the page", async () => {
    const stored = await createPattern({ width: 4000, height: 3000 }, "image/jpeg");
    const photo = await withOrientation(stored, 6);
    const box = [2000, 3000, 2400, 3300] as const;
    const painter = mark(3000, 4000, box);
    const { session, sent } = setUp(green);
    const inPage = [
      vi.spyOn(globalThis, "createImageBitmap"),
      vi.spyOn(globalThis, "CompressionStream"),
      vi.spyOn(CanvasRenderingContext2D.prototype, "getImageData"),
      vi.spyOn(OffscreenCanvasRenderingContext2D.prototype, "getImageData"),
    ];
    const mask = await encodeMask(painter);
    const step = await session.editOrThrow({ model: "gpt-image-1", image: photo, mask, prompt: "green" });
    expect(inPage.map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0, 0]);
    vi.restoreAllMocks();

    expect(sent[0]).toMatchObject({ size: "1024x1024" });
    const [crop, cropMask] = [
      await pixelsOf(sent[0]?.["image"] as Blob),
      await pixelsOf(sent[0]?.["mask"] as Blob),
    ];
    expect([crop.width, crop.height, cropMask.width, cropMask.height]).toEqual([800, 800, 800, 800]);
    expect(step).toMatchObject({ width: 3000, height: 4000, mediaType: "image/png", warnings: [] });
    const [before, after] = [await pixelsOf(photo), await pixelsOf(step.blob as Blob)];
    expect([after.width, after.height]).toEqual([3000, 4000]);
    expect(changedOutside(before, after, box)).toBe(0);
    const middle = 4 * (3150 * 3000 + 2200);
    expect([...after.data.subarray(middle, middle + 4)]).toEqual([0, 255, 0, 255]);
    expect(step.composite?.drift.changedShare).toBeGreaterThan(0.5);
    expect((await pixelsOf(step.composite?.raw as Blob)).width).toBe(1024);
    session.dispose();
  });

  it("half-transparent pixels outside the mask stay exact, and `crop: false` sends the complete image", async () => {
    const image = await createPattern({ width: 300, height: 200, alpha: 77 });
    const mask = await encodeMask(mark(300, 200, [50, 50, 90, 90]));
    const { session, sent } = setUp(green, { composite: { crop: false, featherPx: 0 } });
    const step = await session.editOrThrow({
      model: "gpt-image-1",
      image,
      mask,
      prompt: "x",
      size: "1536x1024",
    });
    expect(sent[0]).toMatchObject({ image, mask });
    const [before, after] = [await pixelsOf(image), await pixelsOf(step.blob as Blob)];
    expect(changedOutside(before, after, [50, 50, 90, 90])).toBe(0);
    expect([...after.data.subarray(4 * (50 * 300 + 50), 4 * (50 * 300 + 50) + 4)]).toEqual([0, 255, 0, 255]);
    session.dispose();
  });

  it("a result that cannot be put back is kept as it arrived, with a warning", async () => {
    const image = await createPattern({ width: 300, height: 200 });
    const mask = await encodeMask(mark(300, 200, [50, 50, 90, 90]));
    const wide = await green({ size: "900x100" });
    const { session } = setUp(async () => wide);
    const step = await session.editOrThrow({ model: "gpt-image-1", image, mask, prompt: "x" });
    expect(step.blob).toBe(wide);
    expect(step.composite).toBeUndefined();
    expect(step.warnings).toMatchObject([{ code: "composite_failed", severity: "warning" }]);
    expect(step.warnings[0]?.message).toContain("it is 900x100, which has another aspect ratio");
    const broken = setUp(async () => new Blob(["no image"]));
    const kept = await broken.session.editOrThrow({ model: "gpt-image-1", image, mask, prompt: "x" });
    expect(kept.warnings[0]?.message).toContain("this browser cannot read the result");
    expect(await kept.blob?.text()).toBe("no image");
    for (const { session: each } of [{ session }, broken]) each.dispose();
  });

  it("an image that this browser cannot read is refused before it is sent", async () => {
    const mask = await encodeMask(mark(300, 200, [50, 50, 90, 90]));
    const { session, sent } = setUp(green);
    const edit = session.editOrThrow({ model: "gpt-image-1", image: new Blob(["heic"]), mask, prompt: "x" });
    await expect(edit).rejects.toMatchObject({ name: "InvalidInputError", outcome: "not-sent" });
    expect(sent).toEqual([]);
    session.dispose();
  });

  it("an edit without a mask, and one whose mask does not match, are sent as they are", async () => {
    const image = await createPattern({ width: 300, height: 200 });
    const { session, sent } = setUp(green);
    const mask = await encodeMask(mark(299, 200, [50, 50, 90, 90]));
    for (const given of [undefined, mask]) {
      await session.editOrThrow({ model: "gpt-image-1", image, prompt: "x", size: "1024x1024", mask: given });
      expect(sent.at(-1)?.["image"]).toBe(image);
      expect(sent.at(-1)?.["mask"]).toBe(given);
    }
    session.dispose();
  });

  it("`messages` replaces the sentences of prepared images", async () => {
    const image = await createPattern({ width: 300, height: 200 });
    const messages = {
      image_changed: ({ params }: MessageSource) => `Réduite : ${Object.keys(params ?? {})}.`,
    };
    const { session } = setUp(green, { prepare: { maxEdgePx: 200 }, messages });
    const step = await session.editOrThrow({ model: "gpt-image-1", image, prompt: "x", size: "1024x1024" });
    expect(step.prepared).toMatchObject([{ code: "image_changed", message: "Réduite : before,after." }]);
    session.dispose();
  });

  it("`check` checks what is sent, and prepares it once for all prompts and the edit", async () => {
    const image = await createPattern({ width: 900, height: 600 });
    const mask = await encodeMask(mark(900, 600, [300, 200, 500, 300]));
    const { session, sent, checked } = setUp(green, { prepare: { maxEdgePx: 200 } });
    for (const prompt of ["x", "xy"]) await session.check({ model: "gpt-image-1", image, mask, prompt });
    await session.editOrThrow({ model: "gpt-image-1", image, mask, prompt: "xyz" });
    const seen = [...checked, ...sent];
    expect(seen.map(({ prompt }) => prompt)).toEqual(["x", "xy", "xyz"]);
    expect((await pixelsOf(seen[0]?.["image"] as Blob)).width).toBe(200);
    for (const name of ["image", "mask", "size"])
      expect(new Set(seen.map((params) => params[name])).size).toBe(1);
    await session.check({ model: "gpt-image-2", image, mask, prompt: "x" });
    expect(checked.at(-1)?.["image"]).not.toBe(seen[0]?.["image"]);
    session.dispose();
  });
});

describe("a mask", () => {
  it("is encoded once per change", async () => {
    const painter = mark(64, 64, [0, 0, 9, 9]);
    const first = encodeMask(painter);
    expect(encodeMask(painter)).toBe(first);
    expect(await first).toBe(await encodeMask(painter));
    painter.begin({ x: 30, y: 30, pressure: 1 });
    expect(encodeMask(painter)).not.toBe(first);
    painter.discard();
    painter.clear();
    expect(await encodeMask(painter)).toBeUndefined();
  });

  it("is encoded in slices in a page whose Content-Security-Policy refuses workers", async () => {
    const frame = document.createElement("iframe");
    const url = new URL("../worker/run-task.ts", import.meta.url).href;
    frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="worker-src 'none'"><script type="module">
      window.__vitest_browser_runner__ = parent.__vitest_browser_runner__; // what vitest wraps imports with
      addEventListener("securitypolicyviolation", ({ violatedDirective }) => { window.violated = violatedDirective; });
      window.loaded = import("${url}");</script>`;
    const ready = new Promise((resolve) => frame.addEventListener("load", resolve));
    document.body.append(frame);
    await ready;
    const page = frame.contentWindow as unknown as {
      loaded: Promise<typeof import("../worker/run-task.ts")>;
      violated: string;
    };
    const { runTask } = await page.loaded;
    const { bitmap } = mark(640, 480, [10, 10, 200, 100]);
    const here = await runTask("encodeMask", { width: 640, height: 480, runs: encodeRuns(bitmap) });
    const inWorker = await encodeMask(mark(640, 480, [10, 10, 200, 100]));
    expect(await here?.arrayBuffer()).toEqual(await inWorker?.arrayBuffer());
    expect(page.violated).toBe("worker-src");
    frame.remove();
  });
});
