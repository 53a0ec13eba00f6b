import { describe, expectTypeOf, it } from "vitest";
import type { EditEvent, EditParams, EditResult, ImageClient } from "./index.ts";
import type { NodeImageClient } from "./node/index.ts";

declare const client: ImageClient;
declare const photo: Blob;
const base = { image: photo, prompt: "A red hat" };

describe("edit", () => {
  it("edit narrows its parameters by model", () => {
    void client.edit({ ...base, model: "gpt-image-1", quality: "high", n: 2 });
    // @ts-expect-error "hd" is not a quality of the model
    void client.edit({ ...base, model: "gpt-image-1", quality: "hd" });
    // @ts-expect-error the model always responds with base64
    void client.edit({ ...base, model: "gpt-image-1", response_format: "url" });
    // @ts-expect-error only flux-kontext has it
    void client.check({ ...base, model: "gpt-image-1", aspect_ratio: "16:9" });
    // @ts-expect-error flux-kontext has no background
    void client.stream({ ...base, model: "flux-kontext-pro", background: "opaque" });
    // @ts-expect-error a mistyped field
    void client.edit({ ...base, model: "gpt-image-1", qualty: "high" });
  });

  it("edit takes any model, none, and unknown fields in `extra`", () => {
    void client.edit({ ...base, model: "acme-9", quality: "ultra", extra: { style: "oil", depth: 0 } });
    void client.edit(base);
    // @ts-expect-error an unknown field belongs in `extra`
    void client.edit({ ...base, model: "acme-9", style: "oil" });
  });

  it("edit takes a model that may be undefined, as a setting is", () => {
    const model = undefined as string | undefined;
    void client.edit({ ...base, model, quality: "ultra" });
  });

  it("edit takes parameters of one model, or of a model that is decided later", () => {
    void client.edit({ ...base, model: "gpt-image-1" } as EditParams<"gpt-image-1">);
    void client.edit({ ...base, model: "acme-9" } as EditParams);
  });

  it("a NodeImageClient is assignable to ImageClient", () => {
    expectTypeOf<NodeImageClient>().toExtend<ImageClient>();
  });

  it("edit takes bytes, but not a path, which only Node reads", () => {
    void client.edit({ ...base, image: [new Uint8Array(1), new ArrayBuffer(1), photo] });
    // @ts-expect-error a path
    void client.edit({ ...base, image: "photo.png" });
    // @ts-expect-error no prompt
    void client.edit({ image: photo });
  });

  it("edit resolves with a result, and stream yields events", () => {
    expectTypeOf(client.edit(base)).toEqualTypeOf<Promise<EditResult>>();
    expectTypeOf(client.stream(base)).toEqualTypeOf<AsyncGenerator<EditEvent, void, undefined>>();
    expectTypeOf<EditResult["images"][number]["bytes"]>().returns.resolves.toEqualTypeOf<
      Uint8Array<ArrayBuffer>
    >();
  });
});
