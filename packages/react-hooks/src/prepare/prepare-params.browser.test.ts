import { describe, expect, it } from "vitest";
import { withOrientation } from "../fixtures/images.ts";
import { encodeBitmap } from "../mask/encode-bitmap.ts";
import { MaskPainter } from "../mask/mask-painter.ts";
import { prepareEdit } from "./prepare-edit.ts";
import { prepareParams } from "./prepare-params.ts";

const { signal } = new AbortController();

async function createImage({
  width,
  height,
  type,
  alpha = 1,
  noise = false,
}: {
  width: number;
  height: number;
  type: string;
  alpha?: number;
  noise?: boolean;
}): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("The canvas context is missing.");
  context.fillStyle = `rgb(200 30 30 / ${alpha})`;
  context.fillRect(0, 0, width, height / 2);
  if (noise) {
    const image = context.getImageData(0, 0, width, height);
    // A fixed sequence: the noise is the same in every run.
    for (let at = 0, seed = 1; at < image.data.length; at += 1) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      image.data[at] = at % 4 === 3 ? 255 : seed >>> 24;
    }
    context.putImageData(image, 0, 0);
  }
  return canvas.convertToBlob({ type, quality: 0.95 });
}

async function sizeOf(blob: unknown): Promise<readonly [number, number]> {
  const bitmap = await createImageBitmap(blob as Blob, { imageOrientation: "none" });
  return [bitmap.width, bitmap.height];
}

it.each([{ maxEdgePx: 0 }, { maxEdgePx: Number.NaN }, { maxBytes: -1 }, { quality: 5 }])(
  "prepareParams refuses the invalid options %o",
  async (options) => {
    const image = await createImage({ width: 40, height: 30, type: "image/png" });
    await expect(prepareParams({ image }, options, signal)).rejects.toMatchObject({
      name: "ConfigurationError",
      outcome: "not-sent",
    });
  },
);

describe("prepareParams", () => {
  it("an image within the limits is sent byte for byte, as the report says", async () => {
    const image = await createImage({ width: 300, height: 200, type: "image/png" });
    const { params, reports } = await prepareParams({ image }, { maxEdgePx: 300, maxBytes: 1e6 }, signal);
    expect(params["image"]).toBe(image);
    expect(reports).toMatchObject([
      {
        field: "image",
        changed: false,
        code: "image_within_limits",
        message: "Within the limits: sent unchanged.",
      },
    ]);
  });

  it("a larger image is scaled down, as the report says", async () => {
    const image = await createImage({ width: 800, height: 400, type: "image/jpeg", noise: true });
    const { params, reports } = await prepareParams({ image }, { maxEdgePx: 200 }, signal);
    expect(await sizeOf(params["image"])).toEqual([200, 100]);
    expect(reports[0]).toMatchObject({
      changed: true,
      code: "image_changed",
      after: { width: 200, height: 100, mediaType: "image/jpeg" },
    });
    expect(reports[0]?.message).toMatch(
      /^Scaled from 800x400 to 200x100\. Encoded as image\/jpeg: \d+ kB became \d+ kB\.$/,
    );
  });

  it("transparency is kept, even where JPEG would be smaller", async () => {
    const image = await createImage({ width: 400, height: 400, type: "image/png", alpha: 0.5 });
    const { params, reports } = await prepareParams({ image }, { maxEdgePx: 100, maxBytes: 100_000 }, signal);
    const bitmap = await createImageBitmap(params["image"] as Blob);
    const context = new OffscreenCanvas(100, 100).getContext("2d");
    context?.drawImage(bitmap, 0, 0);
    expect(context?.getImageData(50, 90, 1, 1).data[3]).toBe(0);
    expect(context?.getImageData(50, 10, 1, 1).data[3]).toBeGreaterThan(100);
    expect(reports[0]?.after?.mediaType).toBe("image/png");
  });

  it("a large opaque image becomes a JPEG within the byte limit", async () => {
    const image = await createImage({ width: 500, height: 500, type: "image/png", noise: true });
    const { params } = await prepareParams({ image }, { maxBytes: 120_000 }, signal);
    expect((params["image"] as Blob).size).toBeLessThanOrEqual(120_000);
    expect((params["image"] as Blob).type).toBe("image/jpeg");
  });

  it("an image that encoding again would only enlarge is sent unchanged", async () => {
    const image = await createImage({ width: 1, height: 1, type: "image/png" });
    const { params, reports } = await prepareParams({ image }, { maxBytes: 1 }, signal);
    expect(params["image"]).toBe(image);
    expect(reports[0]).toMatchObject({
      code: "image_not_smaller",
      message: "Encoding it again would not make it smaller: sent unchanged.",
    });
  });

  it("a rotated photo is sent upright when a mask was painted on it", async () => {
    const image = await withOrientation(
      await createImage({ width: 300, height: 200, type: "image/jpeg" }),
      6,
    );
    const painter = new MaskPainter({ width: 200, height: 300 });
    painter.invert();
    const mask = await encodeBitmap(painter.bitmap);
    const { params, reports } = await prepareParams({ image, mask }, {}, signal);
    expect(await sizeOf(params["image"])).toEqual([200, 300]);
    expect(params["mask"]).toBe(mask);
    expect(reports[0]?.message).toMatch(/^Rotated upright\./);
    const without = await prepareParams({ image }, {}, signal);
    expect(without.params["image"]).toBe(image);
  });

  it("the mask is scaled with its image and keeps alpha 0 or 255", async () => {
    const image = await createImage({ width: 800, height: 400, type: "image/png" });
    const painter = new MaskPainter({ width: 800, height: 400 });
    painter.add({ kind: "brush", mode: "mark", dabs: [{ x: 400, y: 200, radius: 120 }] });
    const { params, reports } = await prepareParams(
      { image: [image], mask: await encodeBitmap(painter.bitmap) },
      { maxEdgePx: 400 },
      signal,
    );
    expect(await sizeOf(params["mask"])).toEqual([400, 200]);
    expect(reports.at(-1)).toMatchObject({
      field: "mask",
      code: "mask_scaled",
      message: "Scaled with the image to 400x200.",
    });
    const context = new OffscreenCanvas(400, 200).getContext("2d");
    context?.drawImage(await createImageBitmap(params["mask"] as Blob), 0, 0);
    const { data = new Uint8ClampedArray() } = context?.getImageData(0, 0, 400, 200) ?? {};
    expect(new Set(data.filter((_, index) => index % 4 === 3))).toEqual(new Set([0, 255]));
    expect([data[4 * (100 * 400 + 200) + 3], data[4 * (100 * 400 + 130) + 3]]).toEqual([0, 255]);
  });

  it("the markup is scaled with its image and keeps its colors and soft edges", async () => {
    const image = await createImage({ width: 800, height: 400, type: "image/png" });
    const markup = await createImage({ width: 800, height: 400, type: "image/png", alpha: 0.5 });
    const { params, reports } = await prepareParams({ image, markup }, { maxEdgePx: 400 }, signal);
    expect(await sizeOf(params["image"])).toEqual([400, 200]);
    expect(await sizeOf(params["markup"])).toEqual([400, 200]);
    expect(params).not.toHaveProperty("mask");
    expect(reports.at(-1)).toMatchObject({
      field: "markup",
      code: "markup_scaled",
      message: "Scaled with the image to 400x200.",
    });
    const context = new OffscreenCanvas(400, 200).getContext("2d");
    context?.drawImage(await createImageBitmap(params["markup"] as Blob), 0, 0);
    const alphaAt = (y: number) => context?.getImageData(200, y, 1, 1).data[3];
    expect(alphaAt(50)).toBeGreaterThan(100);
    expect(alphaAt(50)).toBeLessThan(150);
    expect(alphaAt(150)).toBe(0);
  });

  it("a markup that does not match its image is left for preflight to reject", async () => {
    const image = await createImage({ width: 800, height: 400, type: "image/png" });
    const markup = await createImage({ width: 80, height: 40, type: "image/png", alpha: 0.5 });
    const { params } = await prepareParams({ image, markup }, { maxEdgePx: 400 }, signal);
    expect(params["markup"]).toBe(markup);
  });

  it("a drawing that changes is prepared again, and is part of what is sent", async () => {
    const image = await createImage({ width: 800, height: 400, type: "image/png" });
    for (const alpha of [0.4, 0.8]) {
      const markup = await createImage({ width: 800, height: 400, type: "image/png", alpha });
      const { params } = await prepareEdit({ image, markup }, { prepare: { maxEdgePx: 400 } });
      const context = new OffscreenCanvas(400, 200).getContext("2d");
      context?.drawImage(await createImageBitmap(params["markup"] as Blob), 0, 0);
      expect((context?.getImageData(200, 50, 1, 1).data[3] ?? 0) / 255).toBeCloseTo(alpha, 1);
    }
  });

  it("an image that this browser cannot read is sent unchanged", async () => {
    const image = new Blob(["not an image"], { type: "image/heic" });
    const { params, reports } = await prepareParams({ image }, { maxEdgePx: 10 }, signal);
    expect(params["image"]).toBe(image);
    expect(reports[0]).toMatchObject({ changed: false, code: "image_not_readable", before: undefined });
  });
});
