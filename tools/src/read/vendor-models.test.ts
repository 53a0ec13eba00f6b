import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../spec-types.ts";
import { vendorModels } from "./vendor-models.ts";

const documentOf = (model: JsonObject): JsonObject => ({
  components: { schemas: { EditFields: { properties: { model } } } },
});

describe("vendorModels", () => {
  it.each([
    [
      "Models used to generate images. Only gpt-image-1, flux-kontext-max.\n",
      ["gpt-image-1", "flux-kontext-max"],
    ],
    ["Only gpt-image-1.5, a/b:c and dall-e-2", ["gpt-image-1.5", "a/b:c", "dall-e-2"]],
    ["Only gpt-image-1", ["gpt-image-1"]],
    ["The model to use.", []],
    ["Only the models of your plan, see the list.", []],
    ["", []],
  ])("reads %j", (description, models) => {
    expect(vendorModels(documentOf({ description }))).toEqual(models);
  });

  it("reads an enum and returns each name once", () => {
    expect(vendorModels(documentOf({ enum: ["a", "b-1"], description: "Only b-1, c." }))).toEqual([
      "a",
      "b-1",
      "c",
    ]);
  });

  it("reads any text without failing, and returns only tokens of it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (description) => {
        for (const model of vendorModels(documentOf({ description }))) expect(description).toContain(model);
      }),
    );
  });

  it("returns no models for a missing field", () => {
    expect(vendorModels({})).toEqual([]);
  });
});
