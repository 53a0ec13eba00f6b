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
    [
      "You can use gpt-image-1, acme-9, or flux-kontext-pro for edits.",
      ["gpt-image-1", "acme-9", "flux-kontext-pro"],
    ],
    ["Only gpt-image-1 and seedream. The default is gpt-image-1.", ["gpt-image-1", "seedream"]],
    [
      "Supported models: gpt-image-1, qwen/image-edit (beta), nano-banana.",
      ["gpt-image-1", "qwen/image-edit", "nano-banana"],
    ],
    ['One of `gpt-image-1` or "gpt-image-2"; see https://docs.dev/v1-2.', ["gpt-image-1", "gpt-image-2"]],
    ["Only gpt-image-1, gpt-image-2, and others.", ["gpt-image-1", "gpt-image-2"]],
    ["Models:\n- gpt-image-1\n- nano-banana\n- acme-9\n", ["gpt-image-1", "nano-banana", "acme-9"]],
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

  it("reads values of anyOf, oneOf, const and references", () => {
    const list = { type: "string", enum: ["b-1"] };
    const document: JsonObject = {
      components: {
        schemas: {
          Names: list,
          EditFields: {
            properties: {
              model: {
                anyOf: [
                  { type: "string" },
                  { $ref: "#/components/schemas/Names" },
                  { oneOf: [{ const: "c" }] },
                ],
              },
            },
          },
        },
      },
    };
    expect(vendorModels(document)).toEqual(["b-1", "c"]);
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
