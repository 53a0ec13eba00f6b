import type { FileImage } from "@retouch/client/node";
import sharp from "sharp";
import { expect, it } from "vitest";
import { nodeSystem } from "../journal/node-system.ts";
import { saveImages } from "./save-images.ts";

it("advises `--crop` only to those who do not use it, when nothing was pasted back", async () => {
  const blank = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 4, background: "#fff" } })
      .png()
      .toBuffer();
  const [original, narrow] = await Promise.all([blank(8, 8), blank(8, 2)]);
  const image = {
    bytes: async () => narrow,
    width: 8,
    height: 2,
    mediaType: "image/png",
  } as unknown as FileImage;
  const crop = {
    original,
    mask: original,
    size: undefined,
    box: { x: 0, y: 0, width: 4, height: 4 },
  };
  const job = { output: undefined, count: 1, force: false, pasteBack: true, original, mask: original };
  const sink = async () => undefined;
  for (const given of [job, { ...job, crop }]) {
    const { warnings } = await saveImages([image], given, sink, nodeSystem);
    expect(warnings).toMatchObject([{ code: "aspect_ratio_mismatch" }]);
    expect(warnings[0]?.message.includes("--crop")).toBe(given === job);
  }
});
