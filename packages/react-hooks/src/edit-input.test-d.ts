import { expectTypeOf, test } from "vitest";
import type { EditSession, EditState, Step } from "./index.ts";

declare const session: EditSession;
declare const image: Blob;

test("an edit needs no picture, and its fields follow the model", () => {
  session.edit({ model: "gpt-image-1", prompt: "night" });
  session.edit({ model: "gpt-image-1", prompt: "night", image, size: "1024x1024", quality: "high" });
  session.edit({ model: "gpt-image-1", prompt: "night", image: [image, image], mask: image });
  session.edit({ model: "acme-9", prompt: "night", quality: "hd", extra: { strength: 3 } });
  session.edit({ prompt: "night" });
  session.edit({ prompt: "night", mask: undefined });
  // @ts-expect-error gpt-image-1 knows no quality `hd`
  session.edit({ model: "gpt-image-1", prompt: "night", quality: "hd" });
  // @ts-expect-error gpt-image-1 takes no response_format
  session.edit({ model: "gpt-image-1", prompt: "night", response_format: "url" });
  // @ts-expect-error a field is mistyped
  session.edit({ model: "gpt-image-1", prompt: "night", qualty: "high" });
  // @ts-expect-error there is no prompt
  session.edit({ model: "gpt-image-1" });
});

test("an edit gives a picture, or tells that there is none", () => {
  expectTypeOf(session.edit({ prompt: "night" })).resolves.toEqualTypeOf<Step | undefined>();
  expectTypeOf(session.editOrThrow({ prompt: "night" })).resolves.toEqualTypeOf<Step>();
  expectTypeOf<EditState["status"]>().toEqualTypeOf<
    "idle" | "preparing" | "uploading" | "processing" | "streaming" | "success" | "error" | "canceled"
  >();
});
