import { expectTypeOf, test } from "vitest";
import type { EditSession, EditState, Step } from "../index.ts";

declare const session: EditSession;
declare const image: Blob;

test("an edit needs no picture, and its fields follow the model", () => {
  void session.edit({ model: "gpt-image-1", prompt: "night" });
  void session.edit({ model: "gpt-image-1", prompt: "night", image, size: "1024x1024", quality: "high" });
  void session.edit({ model: "gpt-image-1", prompt: "night", image: [image, image], mask: image });
  void session.edit({ model: "acme-9", prompt: "night", quality: "hd", extra: { strength: 3 } });
  void session.edit({ prompt: "night" });
  void session.edit({ prompt: "night", mask: undefined });
  // @ts-expect-error gpt-image-1 knows no quality `hd`
  void session.edit({ model: "gpt-image-1", prompt: "night", quality: "hd" });
  // @ts-expect-error gpt-image-1 takes no response_format
  void session.edit({ model: "gpt-image-1", prompt: "night", response_format: "url" });
  // @ts-expect-error a field is mistyped
  void session.edit({ model: "gpt-image-1", prompt: "night", qualty: "high" });
  // @ts-expect-error there is no prompt
  void session.edit({ model: "gpt-image-1" });
});

test("an edit gives a picture, or tells that there is none", () => {
  expectTypeOf(session.edit({ prompt: "night" })).resolves.toEqualTypeOf<Step | undefined>();
  expectTypeOf(session.editOrThrow({ prompt: "night" })).resolves.toEqualTypeOf<Step>();
  expectTypeOf<EditState["status"]>().toEqualTypeOf<
    "idle" | "preparing" | "uploading" | "processing" | "streaming" | "success" | "error" | "canceled"
  >();
});
