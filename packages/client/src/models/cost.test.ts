import { describe, expect, it } from "vitest";
import { costOf, estimateCost, type Rates, ratesOf } from "./cost.ts";

const rates: Rates = {
  perMillionTokens: { textInput: 5, imageInput: 10, imageOutput: 40 },
  outputTokens: {
    low: { "1024x1024": 100, "1024x1536": 150 },
    high: { "1024x1024": 1000, "1024x1536": 1500 },
  },
  inputImageTokens: { low: 200, high: 2000 },
};
const edit = { prompt: "ab", image: new Uint8Array(1), quality: "low", size: "1024x1024" };

describe(estimateCost, () => {
  it("adds up text, images sent and images made", () => {
    expect(estimateCost(edit, rates)).toBeCloseTo((2 * 5 + 200 * 10 + 100 * 40) / 1e6, 12);
    const many = { ...edit, image: [1, 2, 3], mask: 4, n: 2, input_fidelity: "high" };
    expect(estimateCost(many, rates)).toBeCloseTo((2 * 5 + 4 * 2000 * 10 + 2 * 100 * 40) / 1e6, 12);
  });

  it("counts an image that only the server opens like the dearest image", () => {
    const references = [{ url: "https://a.example/1.png" }, { fileId: "file-1" }];
    expect(estimateCost({ ...edit, image: references, mask: { fileId: "file-2" } }, rates)).toBeCloseTo(
      (2 * 5 + 3 * 200 * 10 + 100 * 40) / 1e6,
      12,
    );
  });

  it("takes the highest price of what the server may choose", () => {
    const dearest = (2 * 5 + 200 * 10 + 1500 * 40) / 1e6;
    expect(estimateCost({ ...edit, quality: "auto", size: "auto" }, rates)).toBeCloseTo(dearest, 12);
    // `null` is omitted from the form, and one image is made and billed.
    expect(estimateCost({ ...edit, n: null as never }, rates)).toBe(estimateCost(edit, rates));
    expect(estimateCost({ prompt: "ab", image: edit.image }, rates)).toBeCloseTo(dearest, 12);
  });

  it("counts every attempt that may be billed", () => {
    expect(estimateCost(edit, rates, 3)).toBeCloseTo(3 * (estimateCost(edit, rates) ?? 0), 12);
    expect(estimateCost({ ...edit, n: 4 }, { perImage: 0.05 }, 2)).toBeCloseTo(0.4, 12);
  });

  it.each([
    ["model", { ...edit, model: "acme-9" }, undefined],
    ["size", { ...edit, size: "7x7" }, rates],
    ["quality", { ...edit, quality: "ultra" }, rates],
    ["fidelity", { ...edit, input_fidelity: "odd" }, rates],
    ["price of a preview", { ...edit, partial_images: 2 }, rates],
    ["token count of an image sent", edit, { ...rates, inputImageTokens: undefined }],
  ])("returns undefined, never 0, for an unknown %s", (_, params, given) => {
    expect(estimateCost(params, given)).toBeUndefined();
  });

  it("takes the cap of a quality for a size that is `auto` or not in the table", () => {
    const capped = { ...rates, mostOutputTokens: { low: 400, high: 4000 } };
    const usd = (tokens: number) => (2 * 5 + 200 * 10 + tokens * 40) / 1e6;
    expect(estimateCost({ ...edit, size: "auto" }, capped)).toBeCloseTo(usd(400), 12);
    expect(estimateCost({ ...edit, size: "77x77" }, capped)).toBeCloseTo(usd(400), 12);
    expect(estimateCost({ ...edit, size: "1024x1536" }, capped)).toBeCloseTo(usd(150), 12);
    expect(estimateCost({ ...edit, quality: "auto", size: "auto" }, capped)).toBeCloseTo(usd(4000), 12);
  });

  it("knows gpt-image-2 by its table and cap, and no price for undocumented combinations", () => {
    const usd = (tokens: number) => (2 * 5 + 1536 * 8 + tokens * 30) / 1e6;
    const of = (given: object) => estimateCost({ ...edit, model: "gpt-image-2", ...given });
    expect(of({ quality: "high" })).toBeCloseTo(usd(7024), 12);
    // More pixels can cost less.
    expect(of({ quality: "high", size: "1792x1024" })).toBeCloseTo(usd(5063), 12);
    expect(of({ quality: undefined, size: undefined })).toBeCloseTo(usd(23719), 12);
    expect(of({ model: "gpt-image-2-2026-04-21", quality: "high" })).toBe(of({ quality: "high" }));
    for (const model of ["gpt-image-1-mini", "gpt-image-2.5-flare", "gpt-image-2.6-sunburst"])
      expect(of({ model, size: "1536x1024" })).toBeUndefined();
  });

  it("knows the dated rates of the spec", () => {
    expect(ratesOf("gpt-image-1")?.perMillionTokens?.imageOutput).toBe(40);
    expect(ratesOf("toString")).toBeUndefined();
    expect(ratesOf(undefined)).toBeUndefined();
    const most = estimateCost({ ...edit, model: "gpt-image-1", quality: "high", partial_images: 1 });
    expect(most).toBeCloseTo((2 * 5 + 1097 * 10 + (4160 + 100) * 40) / 1e6, 12);
  });
});

describe("outputUsd", () => {
  const flat: Rates = {
    perMillionTokens: rates.perMillionTokens,
    outputUsd: { low: { "1024x1024": 0.005 }, high: { "1024x1024": 0.036 } },
    inputImageTokens: { low: 0 },
  };
  it("uses the price of an image where its tokens are unknown", () => {
    const text = (2 * 5) / 1e6;
    expect(estimateCost({ ...edit, n: 2 }, flat)).toBeCloseTo(text + 0.01, 12);
    expect(estimateCost({ ...edit, quality: undefined }, flat)).toBeCloseTo(text + 0.036, 12);
    expect(estimateCost({ ...edit, size: "7x7" }, flat)).toBeUndefined();
    const partials = estimateCost({ ...edit, partial_images: 1 }, { ...flat, partialImageTokens: 100 });
    expect(partials).toBeCloseTo(text + 0.005 + (100 * 40) / 1e6, 12);
    expect(estimateCost({ ...edit, partial_images: 1 }, flat)).toBeUndefined();
  });

  it("counts markup as an image that is sent", () => {
    const more = estimateCost({ ...edit, markup: 1 }, rates) ?? 0;
    expect(more - (estimateCost(edit, rates) ?? 0)).toBeCloseTo((200 * 10) / 1e6, 12);
  });
});

describe(costOf, () => {
  it("prefers the cost that the server reports", () => {
    expect(costOf({ inputTokens: 30, outputTokens: 100, costUsd: 0.07 }, rates)).toBe(0.07);
    expect(costOf({ costUsd: 0 }, undefined)).toBe(0);
  });

  it("prices each kind of token", () => {
    const usage = { inputTokens: 30, inputTextTokens: 10, inputImageTokens: 20, outputTokens: 100 };
    expect(costOf(usage, rates)).toBeCloseTo((10 * 5 + 20 * 10 + 100 * 40) / 1e6, 12);
  });

  it("takes the higher rate for input that was not split", () => {
    expect(costOf({ inputTokens: 30, outputTokens: 100 }, rates)).toBeCloseTo((30 * 10 + 100 * 40) / 1e6, 12);
  });

  it("returns undefined, never 0, without usage or rates", () => {
    expect(costOf(undefined, rates)).toBeUndefined();
    expect(costOf({ totalTokens: 3 }, rates)).toBeUndefined();
    expect(costOf({ inputTokens: 1, outputTokens: 1 }, undefined)).toBeUndefined();
    expect(costOf({ inputTokens: 0, outputTokens: 0 }, rates)).toBe(0);
  });
});
