import { expect, it } from "vitest";
import { openByteSource } from "../media/byte-source.ts";
import { inspectImage } from "../media/inspect-image.ts";
import { inspectMask } from "../media/inspect-mask.ts";
import { createMask, maskFromAlpha, maskFromBlackWhite } from "./index.ts";

/** Returns an image from the browser's own encoder. */
async function paint(type: string, black: string): Promise<Blob> {
  const canvas = new OffscreenCanvas(40, 30);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser has no canvas.");
  context.fillStyle = black;
  context.fillRect(0, 0, 40, 30);
  context.clearRect(10, 5, 20, 10);
  if (black === "#000") {
    context.fillStyle = "#fff";
    context.fillRect(10, 5, 20, 10);
  }
  return canvas.convertToBlob({ type });
}

it("writes a mask that the browser renders as drawn", async () => {
  const mask = createMask({ width: 40, height: 30 }).ellipse({ x: 3, y: 4, width: 20, height: 12 });
  const bitmap = await createImageBitmap(new Blob([await mask.toPng()], { type: "image/png" }));
  const context = new OffscreenCanvas(40, 30).getContext("2d");
  context?.drawImage(bitmap, 0, 0);
  const pixels = context?.getImageData(0, 0, 40, 30).data ?? [];
  expect(Array.from(pixels).filter((_, index) => index % 4 === 3)).toEqual(Array.from(mask.alpha));
});

it("reads masks written by the browser", async () => {
  const expected = createMask({ width: 40, height: 30 }).rectangle({
    x: 10,
    y: 5,
    width: 20,
    height: 10,
  }).alpha;
  expect((await maskFromAlpha(await paint("image/png", "#123"))).alpha).toEqual(expected);
  expect((await maskFromBlackWhite(await paint("image/png", "#000"))).alpha).toEqual(expected);
});

it("checks a mask and stops early without an unhandled rejection", async () => {
  const blob = await paint("image/png", "rgb(9 9 9 / 50%)");
  expect(await inspectMask(openByteSource(blob, "mask"))).toMatchObject({
    transparentPixels: "some",
    softAlpha: true,
  });
  const damaged = new Uint8Array(await blob.arrayBuffer()).fill(0x55, 60, 80);
  expect((await inspectMask(openByteSource(damaged, "mask"))).problem).toMatch(/broken/);
});

it.each(["image/png", "image/jpeg", "image/webp"])("reads the headers of a browser's %s", async (type) => {
  const info = await inspectImage(openByteSource(await paint(type, "#123")));
  expect(info).toMatchObject({ mediaType: type, widthPx: 40, heightPx: 30 });
  expect(info.problem).toBeUndefined();
});
