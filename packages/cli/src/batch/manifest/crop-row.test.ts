import sharp from "sharp";
import { expect, it } from "vitest";
import { editRectangle, encodeMask, keepAll } from "../../masks/mask-pixels.ts";
import type { BatchRow } from "./batch-row.ts";
import { cropRow, jobAsSent } from "./crop-row.ts";

async function row(change: Readonly<Record<string, unknown>> = {}, isCropped = true): Promise<BatchRow> {
  const size = { width: 900, height: 700 };
  const photo = await sharp({ create: { ...size, channels: 3, background: "#336699" } })
    .png()
    .toBuffer();
  const plane = keepAll(900, 700);
  editRectangle(plane, { x: 100, y: 100, width: 200, height: 100 });
  const params = {
    image: [photo, "logo.png"],
    mask: await encodeMask(plane),
    model: "gpt-image-1",
    ...change,
  };
  const job = { params, inputs: [], output: undefined, count: 1, force: false, pasteBack: true };
  return { line: 1, id: "r0", request: "q", key: "k", outputs: [], job, isCropped };
}

it("crops the first image of a row and its mask, and asks for a size of the model", async () => {
  const given = await row();
  const { params, crop } = await cropRow(given);
  const [image, logo] = params["image"] as [Uint8Array, string];
  expect(params["size"]).toBe("1536x1024");
  expect(logo).toBe("logo.png");
  expect(crop?.original).toBe((given.job.params["image"] as unknown[])[0]);
  for (const part of [image, params["mask"] as Uint8Array])
    expect(await sharp(part).metadata()).toMatchObject({ width: crop?.box.width, height: crop?.box.height });
  const complete = await row({}, false);
  expect(await cropRow(complete)).toBe(complete.job);
});

it("says in the words of a manifest why a row cannot be cropped", async () => {
  await expect(row({ mask: Buffer.from("text") }).then(cropRow)).rejects.toThrow("`mask` is not a readable");
  const mask = await encodeMask(keepAll(9, 7));
  await expect(row({ mask }).then(cropRow)).rejects.toThrow("The mask edits nothing");
});

it("places the result of an earlier run where its journal says", async () => {
  const given = await row();
  const box = { x: 7, y: 8, width: 9, height: 10 };
  const pasteBack = { image: "photo.png", imageSha256: "", mask: "mask.png", box };
  expect((await jobAsSent(given, { plan: { pasteBack } as never })).crop?.box).toBe(box);
  expect((await jobAsSent(given, undefined)).crop?.box).toEqual((await cropRow(given)).crop?.box);
});
