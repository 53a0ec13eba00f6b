import { expectTypeOf, test } from "vitest";
import type { EditSession, EditState, Step } from "../index.ts";

declare const session: EditSession;
declare const image: Blob;

test("an edit needs no image, and its fields depend on the model", () => {
  void session.edit({ model: "gpt-image-1", prompt: "night" });
  void session.edit({ model: "gpt-image-1", prompt: "night", image, size: "1024x1024", quality: "high" });
  void session.edit({ model: "gpt-image-1", prompt: "night", image: [image, image], mask: image });
  void session.edit({ model: "acme-9", prompt: "night", quality: "hd", extra: { strength: 3 } });
  void session.edit({ prompt: "night" });
  void session.edit({ prompt: "night", references: [image] });
  void session.edit({ prompt: "night", mask: undefined });
  // @ts-expect-error gpt-image-1 has no quality `hd`
  void session.edit({ model: "gpt-image-1", prompt: "night", quality: "hd" });
  // @ts-expect-error gpt-image-1 has no response_format
  void session.edit({ model: "gpt-image-1", prompt: "night", response_format: "url" });
  // @ts-expect-error a field is mistyped
  void session.edit({ model: "gpt-image-1", prompt: "night", qualty: "high" });
  // @ts-expect-error the prompt is missing
  void session.edit({ model: "gpt-image-1" });
});

test("`edit` may resolve with undefined, `editOrThrow` may not", () => {
  expectTypeOf(session.edit({ prompt: "night" })).resolves.toEqualTypeOf<Step | undefined>();
  expectTypeOf(session.editOrThrow({ prompt: "night" })).resolves.toEqualTypeOf<Step>();
  expectTypeOf<EditState["status"]>().toEqualTypeOf<
    "idle" | "preparing" | "uploading" | "processing" | "streaming" | "success" | "error" | "canceled"
  >();
});
