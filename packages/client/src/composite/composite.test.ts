import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { modelNames } from "../models/limits.ts";
import {
  compositePixels,
  cropMask,
  fitSize,
  modelSizes,
  type Pixels,
  planCrop,
  resamplePixels,
} from "./index.ts";

/** Fills an image; the same numbers in every run. */
function noise(width: number, height: number, seed: number, alpha = 255): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  let state = seed;
  for (let at = 0; at < data.length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[at] = at % 4 === 3 ? alpha : state >>> 24;
  }
  return { width, height, data };
}

function plain(width: number, height: number, color: readonly number[]): Pixels {
  const data = new Uint8ClampedArray(width * height * 4).map((_, at) => color[at % 4] ?? 0);
  return { width, height, data };
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function maskOf(width: number, height: number, box: Box) {
  const alpha = new Uint8Array(width * height).fill(255);
  for (let y = box.y; y < box.y + box.height; y += 1)
    alpha.fill(0, y * width + box.x, y * width + box.x + box.width);
  return { width, height, alpha };
}

const sizes = fc.record({ width: fc.integer({ min: 8, max: 90 }), height: fc.integer({ min: 8, max: 90 }) });
const boxes = sizes.chain(({ width, height }) =>
  fc.record({ x: fc.nat(width - 1), y: fc.nat(height - 1) }).chain(({ x, y }) =>
    fc.record({
      image: fc.constant({ width, height }),
      box: fc.record({
        x: fc.constant(x),
        y: fc.constant(y),
        width: fc.integer({ min: 1, max: width - x }),
        height: fc.integer({ min: 1, max: height - y }),
      }),
    }),
  ),
);

describe(resamplePixels, () => {
  it("a part that is not scaled is copied exactly, and repeats the edge beyond the image", async () => {
    const source = noise(9, 7, 1);
    const { data } = await resamplePixels(
      source,
      { x: -2, y: -1, width: 12, height: 9 },
      { width: 12, height: 9 },
    );
    for (let y = 0; y < 9; y += 1) {
      for (let x = 0; x < 12; x += 1) {
        const from = 4 * (Math.min(6, Math.max(0, y - 1)) * 9 + Math.min(8, Math.max(0, x - 2)));
        expect([...data.subarray(4 * (y * 12 + x), 4 * (y * 12 + x) + 4)]).toEqual([
          ...source.data.subarray(from, from + 4),
        ]);
      }
    }
  });

  it("a plain image keeps its color in any size", async () => {
    const property = fc.asyncProperty(sizes, sizes, async (from, to) => {
      const color = [200, 100, 7, 255];
      const source = plain(from.width, from.height, color);
      const { data } = await resamplePixels(
        source,
        { x: 0.25, y: 0.5, width: from.width, height: from.height },
        to,
      );
      expect(data.every((value, at) => value === color[at % 4])).toBe(true);
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it("transparent pixels do not bleed their color", async () => {
    const source = {
      width: 4,
      height: 1,
      data: Uint8Array.from([255, 0, 0, 255, 255, 0, 0, 255, 0, 255, 0, 0, 0, 255, 0, 0]),
    };
    const { data } = await resamplePixels(
      source,
      { x: 0, y: 0, width: 4, height: 1 },
      { width: 7, height: 3 },
    );
    for (let at = 0; at < data.length; at += 4)
      if ((data[at + 3] ?? 0) > 10) expect([data[at], data[at + 1]]).toEqual([255, 0]);
  });
});

describe(fitSize, () => {
  it("every size that it chooses is one that the model allows", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...modelNames),
        fc.integer({ min: 1, max: 9000 }),
        fc.integer({ min: 1, max: 9000 }),
        (model, width, height) => {
          const choices = modelSizes(model);
          const size = fitSize({ width, height }, choices);
          if (size === undefined) return;
          const { rule } = choices;
          if (rule === undefined) {
            expect(choices.listed).toContainEqual(size);
            return;
          }
          const pixels = size.width * size.height;
          expect([size.width % rule.multipleOf, size.height % rule.multipleOf]).toEqual([0, 0]);
          expect(Math.max(size.width / size.height, size.height / size.width)).toBeLessThanOrEqual(
            rule.maxRatio,
          );
          expect(Math.max(size.width, size.height)).toBeLessThanOrEqual(rule.maxEdgePx);
          expect(pixels).toBeLessThanOrEqual(rule.maxPixels);
          expect(pixels).toBeGreaterThanOrEqual(rule.minPixels ?? 1);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe(planCrop, () => {
  const photo = { width: 4000, height: 3000 };

  it("crops a listed size around the mask, with a margin, in the ratio of the model", () => {
    const mask = maskOf(4000, 3000, { x: 2000, y: 1500, width: 600, height: 400 });
    const plan = planCrop(mask, { sizes: modelSizes("gpt-image-1") });
    expect(plan).toEqual({
      box: { x: 1700, y: 1100, width: 1200, height: 1200 },
      sent: { width: 1024, height: 1024 },
      size: "1024x1024",
    });
  });

  it("moves the crop into the image, and repeats the edge where the image is too small", () => {
    const corner = planCrop(maskOf(4000, 3000, { x: 0, y: 0, width: 100, height: 100 }), {
      sizes: modelSizes("gpt-image-1"),
    });
    expect(corner?.box).toEqual({ x: 0, y: 0, width: 164, height: 164 });
    const all = planCrop(maskOf(4000, 3000, { x: 0, y: 0, ...photo }), { sizes: modelSizes("gpt-image-1") });
    expect(all).toEqual({
      box: { x: -250, y: 0, width: 4500, height: 3000 },
      sent: { width: 1536, height: 1024 },
      size: "1536x1024",
    });
  });

  it("sends a crop of a model with a rule pixel for pixel", () => {
    const mask = maskOf(4000, 3000, { x: 1000, y: 1000, width: 1000, height: 700 });
    const plan = planCrop(mask, { sizes: modelSizes("gpt-image-2") });
    expect(plan?.sent).toEqual({ width: 2000, height: 1712 });
    expect(plan).toMatchObject({ box: plan?.sent, size: "2000x1712" });
  });

  it("keeps the size that was asked for, and crops without a size for a model of unknown sizes", () => {
    const mask = maskOf(4000, 3000, { x: 1000, y: 1000, width: 500, height: 500 });
    expect(planCrop(mask, { sizes: modelSizes("gpt-image-1"), size: "1024x1536" })?.size).toBe("1024x1536");
    expect(planCrop(mask, { sizes: modelSizes("acme-9"), marginPx: 10 })).toMatchObject({
      box: { x: 990, y: 990, width: 520, height: 520 },
      sent: { width: 520, height: 520 },
    });
  });

  it("returns undefined when nothing is edited", () => {
    expect(
      planCrop({ ...photo, alpha: new Uint8Array(12e6).fill(255) }, { sizes: modelSizes("gpt-image-1") }),
    ).toBeUndefined();
  });

  it("a thin stroke survives the reduction of its mask", () => {
    const mask = maskOf(4000, 3000, { x: 0, y: 0, width: 1, height: 1 });
    mask.alpha[12e6 - 1] = 0; // the crop is the complete image
    const columns = [1001, 1102, 1203, 1304];
    for (const column of columns) for (let y = 0; y < 3000; y += 1) mask.alpha[y * 4000 + column] = 0;
    const plan = planCrop(mask, { sizes: modelSizes("gpt-image-1") });
    if (plan === undefined) throw new Error("Nothing is cropped.");
    const { alpha, width } = cropMask(mask, plan);
    for (const column of columns) {
      const at = 500 * width + Math.floor(((column + 0.5 - plan.box.x) * width) / plan.box.width);
      expect([alpha[at], alpha[at + 2], alpha[at - 2]]).toEqual([0, 255, 255]);
    }
  });

  it("every edited pixel is inside the crop and in its mask, for every model", () => {
    fc.assert(
      fc.property(fc.constantFrom(...modelNames, "acme-9"), boxes, (model, { image, box }) => {
        const mask = maskOf(image.width, image.height, box);
        const plan = planCrop(mask, { sizes: modelSizes(model), marginPx: 4 });
        if (plan === undefined) throw new Error("Nothing is cropped.");
        expect(plan.box.x).toBeLessThanOrEqual(box.x);
        expect(plan.box.y).toBeLessThanOrEqual(box.y);
        expect(plan.box.x + plan.box.width).toBeGreaterThanOrEqual(box.x + box.width);
        expect(plan.box.y + plan.box.height).toBeGreaterThanOrEqual(box.y + box.height);
        const cropped = cropMask(mask, plan);
        expect(cropped.alpha.length).toBe(plan.sent.width * plan.sent.height);
        const share = cropped.alpha.filter((alpha) => alpha === 0).length / cropped.alpha.length;
        expect(share).toBeGreaterThanOrEqual(
          (box.width * box.height) / (plan.box.width * plan.box.height) - 1e-9,
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe(compositePixels, () => {
  it("changes no pixel outside the mask, whatever the result, its size and its place", async () => {
    const property = fc.asyncProperty(
      boxes,
      sizes,
      fc.constantFrom(255, 90, 0),
      async ({ image, box }, resultSize, alpha) => {
        const original = noise(image.width, image.height, 3, alpha);
        const before = original.data.slice();
        const mask = maskOf(image.width, image.height, box);
        const result = noise(resultSize.width, resultSize.height, 5);
        const frame = { x: -3, y: -2, width: image.width + 7, height: image.height + 4 };
        await compositePixels({ original, mask, result, frame });
        const changed = original.data.findIndex(
          (value, at) => value !== before[at] && mask.alpha[at >> 2] !== 0,
        );
        expect(changed).toBe(-1);
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });

  it("shows the result inside the mask, with an edge that rises inward", async () => {
    const original = plain(1024, 64, [0, 0, 0, 255]);
    const mask = maskOf(1024, 64, { x: 100, y: 0, width: 200, height: 64 });
    await compositePixels({ original, mask, result: plain(256, 16, [255, 0, 0, 255]), featherPx: 3 });
    const reds = [98, 99, 100, 101, 102, 103, 104, 200, 298, 299, 300].map(
      (x) => original.data[4 * (30 * 1024 + x)],
    );
    expect(reds).toEqual([0, 0, 64, 128, 191, 255, 255, 255, 128, 64, 0]);
  });

  it("a stroke that is thinner than the soft edge still shows the edit", async () => {
    const original = plain(2000, 2000, [0, 0, 0, 255]);
    const mask = maskOf(2000, 2000, { x: 10, y: 10, width: 400, height: 3 });
    await compositePixels({ original, mask, result: plain(20, 20, [255, 255, 255, 255]) });
    expect(original.data[4 * (11 * 2000 + 200)]).toBe(255);
  });

  it("an edit at the border of the image is complete there", async () => {
    const original = plain(64, 64, [0, 0, 0, 255]);
    const mask = maskOf(64, 64, { x: 0, y: 0, width: 32, height: 64 });
    await compositePixels({ original, mask, result: plain(64, 64, [255, 255, 255, 255]), featherPx: 4 });
    expect([0, 20, 31, 32].map((x) => original.data[4 * x])).toEqual([255, 255, 51, 0]);
  });

  it("a result lands where its part was cut out", async () => {
    const original = noise(300, 200, 7);
    const mask = maskOf(300, 200, { x: 120, y: 60, width: 50, height: 40 });
    const plan = planCrop(mask, { sizes: modelSizes("acme-9") });
    if (plan === undefined) throw new Error("Nothing is cropped.");
    const before = original.data.slice();
    const crop = await resamplePixels(original, plan.box, plan.sent);
    const drift = await compositePixels({ original, mask, result: crop, frame: plan.box });
    expect(original.data).toEqual(before);
    expect(drift).toEqual({ meanDifference: 0, changedShare: 0 });
  });

  it("measures the drift outside the mask, and none for a smaller result without one", async () => {
    const original = plain(64, 64, [16, 32, 48, 255]);
    const mask = maskOf(64, 64, { x: 16, y: 16, width: 32, height: 32 });
    const red = plain(32, 32, [255, 0, 0, 255]);
    expect(
      await compositePixels({ original: { ...original, data: original.data.slice() }, mask, result: red }),
    ).toEqual({
      meanDifference: expect.closeTo((239 + 32 + 48) / 3, 3),
      changedShare: 1,
    });
    const small = await resamplePixels(
      original,
      { x: 0, y: 0, width: 64, height: 64 },
      { width: 20, height: 20 },
    );
    expect(await compositePixels({ original, mask, result: small })).toEqual({
      meanDifference: 0,
      changedShare: 0,
    });
  });

  it("pauses between slices, and computes the same", async () => {
    const mask = maskOf(1000, 700, { x: 100, y: 100, width: 800, height: 500 });
    const result = noise(500, 350, 9);
    const [once, sliced] = [noise(1000, 700, 2), noise(1000, 700, 2)];
    await compositePixels({ original: once, mask, result });
    let pauses = 0;
    const pause = async () => {
      pauses += 1;
    };
    await compositePixels({ original: sliced, mask, result, pause });
    expect(sliced.data).toEqual(once.data);
    expect(pauses).toBeGreaterThan(15);
  });
});
