import { describe, expectTypeOf, it } from "vitest";
import type { EditParams, KnownModel, ModelName } from "./edit-params.ts";
import type { ImageReference } from "./media/image-reference.ts";

declare const photo: Blob;
declare function edit<const M extends ModelName | undefined = undefined>(
  params: { model?: M } & EditParams<NoInfer<M>>,
): void;

const base = { image: photo, prompt: "a red door" };

describe("edit parameters", () => {
  it("the parameters of a known model take its fields and values", () => {
    edit({
      ...base,
      model: "gpt-image-1",
      size: "1536x1024",
      quality: "high",
      n: 2,
      background: "transparent",
    });
    edit({ ...base, model: "dall-e-2", size: "256x256", response_format: "url" });
    edit({ ...base, model: "flux-kontext-pro", aspect_ratio: "16:9", seed: 0, size: "800x600" });
    edit({ ...base, model: "gpt-image-2", size: "2048x1152" });
    edit({ ...base, model: "gpt-image-1", image: [photo, new Uint8Array(1)], mask: new ArrayBuffer(1) });
    edit({ ...base, model: "gpt-image-1", quality: undefined, response_format: undefined });
    edit({ ...base, model: "gpt-image-1", extra: { newest_field: true } });
  });

  it("the parameters of a known model refuse other fields and values", () => {
    // @ts-expect-error "hd" is not a quality of the model
    edit({ ...base, model: "gpt-image-1", quality: "hd" });
    // @ts-expect-error the model always responds with base64
    edit({ ...base, model: "gpt-image-1", response_format: "b64_json" });
    // @ts-expect-error only flux-kontext has it
    edit({ ...base, model: "gpt-image-1", aspect_ratio: "16:9" });
    // @ts-expect-error flux-kontext has no background
    edit({ ...base, model: "flux-kontext-max", background: "opaque" });
    // @ts-expect-error the small model has no fidelity
    edit({ ...base, model: "gpt-image-1-mini", input_fidelity: "high" });
    // @ts-expect-error not a size of the model
    edit({ ...base, model: "dall-e-2", size: "1536x1024" });
    // @ts-expect-error not a size
    edit({ ...base, model: "gpt-image-2", size: "large" });
    // @ts-expect-error `n` is a number
    edit({ ...base, model: "gpt-image-1", n: "2" });
  });

  it("every model refuses a mistyped field", () => {
    // @ts-expect-error mistyped
    edit({ ...base, model: "gpt-image-1", qualty: "high" });
    // @ts-expect-error mistyped; an unknown field goes into `extra`
    edit({ ...base, model: "acme-9", qualty: "high" });
  });

  it("an image and a prompt are required", () => {
    // @ts-expect-error no image
    edit({ model: "gpt-image-1", prompt: "a red door" });
    // @ts-expect-error no prompt
    edit({ model: "gpt-image-1", image: photo });
  });

  it("an unknown model takes any value and extra fields", () => {
    edit({
      ...base,
      model: "acme-9",
      quality: "ultra",
      size: "7x7",
      aspect_ratio: "5:4",
      extra: { style: "oil" },
    });
  });

  it("a model name may only be known at run time", () => {
    const model: string = ["acme-9", "gpt-image-1"].join("");
    edit({ ...base, model, quality: "high" });
  });

  it("a model is not required", () => {
    edit({ ...base, quality: "ultra" });
    edit(base);
  });

  it("markup is any input of the entry point, where the model takes it", () => {
    edit({ ...base, model: "gpt-image-2.6-flare", markup: photo, svg: { reasoning: { effort: "low" } } });
    edit({ ...base, model: "acme-9", markup: photo });
    // @ts-expect-error the model takes none
    edit({ ...base, model: "gpt-image-1", markup: photo });
    // @ts-expect-error a path is for Node
    edit({ ...base, model: "gpt-image-2.6-flare", markup: "note.png" });
    expectTypeOf<EditParams<"gpt-image-2.5-flare", string | Blob>["markup"]>().toEqualTypeOf<
      string | Blob | undefined
    >();
  });

  it("an image may be a data: URI, but no other text", () => {
    edit({ ...base, image: ["data:image/png;base64,AA==", photo], mask: "data:image/png;base64,AA==" });
    // @ts-expect-error a path is for Node
    edit({ ...base, image: "photo.png" });
  });

  it("`extra` takes files", () => {
    edit({ ...base, model: "gpt-image-1", extra: { depth: photo, style: "oil" } });
    // @ts-expect-error a field's value is not a list
    edit({ ...base, model: "gpt-image-1", extra: { depth: [photo] } });
    expectTypeOf<URL>().toExtend<NonNullable<EditParams<"gpt-image-1", string | URL>["extra"]>[string]>();
  });

  it("known names stay in completion", () => {
    expectTypeOf<"gpt-image-1">().toExtend<KnownModel>();
    expectTypeOf<string>().toExtend<ModelName>();
    expectTypeOf<KnownModel>().not.toEqualTypeOf<string>();
    expectTypeOf<Extract<EditParams<"acme-9">["quality"], "high">>().toEqualTypeOf<"high">();
  });

  it("the parameters of each model are one plain object type", () => {
    expectTypeOf<EditParams<"gpt-image-1">["size"]>().toEqualTypeOf<
      "auto" | "1024x1024" | "1536x1024" | "1024x1536" | undefined
    >();
    expectTypeOf<EditParams<"gpt-image-1">["response_format"]>().toEqualTypeOf<undefined>();
    expectTypeOf<EditParams<"gpt-image-1", string>["image"]>().toEqualTypeOf<
      string | ImageReference | readonly (string | ImageReference)[]
    >();
  });

  it("an image may be a reference, with one of its two properties", () => {
    type Image = EditParams<"gpt-image-1">["image"];
    expectTypeOf<[{ url: string }, { fileId: string }, Blob]>().toExtend<Image>();
    expectTypeOf<{ fileId: string }>().toExtend<EditParams<"gpt-image-1">["mask"]>();
    expectTypeOf<{ url: string; fileId: string }>().not.toExtend<Image>();
    expectTypeOf<{ image_url: string }>().not.toExtend<Image>();
  });
});
