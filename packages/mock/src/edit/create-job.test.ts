import { expect, test } from "vitest";
import { fieldDefaults } from "../generated/spec.gen.ts";
import { countOf, createJob } from "./create-job.ts";

const frames = (frame_count?: string) =>
  createJob({
    fields: { output_format: "gif", ...(frame_count !== undefined && { frame_count }) },
    images: [],
    modelSizes: [],
    model: "acme-9",
  } as never).frameCount; // no other part of a request has a say in it

test("draws as many frames as an unknown model is asked for, and the default when that is too much", () => {
  const usual = Number(fieldDefaults.frame_count);
  expect([frames("3"), frames("100")]).toEqual([3, 100]);
  for (const text of [undefined, "101", "999999999", "0", "-1", "1.5", "x", ""])
    expect(frames(text)).toBe(usual);
});

test("draws no more previews than that", () => {
  expect([countOf("0", "2"), countOf("100", "2"), countOf("101", "2"), countOf(undefined, "2")]).toEqual([
    0, 100, 2, 2,
  ]);
});
