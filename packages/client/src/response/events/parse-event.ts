import type { Redact } from "../../errors/sanitize-text.ts";
import { parseServerError } from "../../errors/server-error.ts";
import { type DecodedImages, decodeImages } from "../decode-images.ts";
import type { ImageStore } from "../image-store.ts";
import { fieldsOf, listOf, type ParseFailure, parseJson, textOf } from "../json.ts";
import type { RawEvent } from "./event-log.ts";

/** The meaning of one event of a stream. */
export type ParsedEvent =
  | { readonly type: "partial"; readonly index: number | undefined; readonly decoded: DecodedImages }
  | { readonly type: "completed"; readonly json: unknown; readonly decoded: DecodedImages }
  | { readonly type: "error"; readonly failure: ParseFailure }
  /** A chunk of a chat message, which can contain links once it is complete. */
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "done" | "unreadable" | "other" };

/**
 * Parses one event, of `image_edit.*`, `image_generation.*` or any other family. Its type is on its `event:` line or
 * in its data. Without a type, an event with images counts as completed.
 */
export async function parseEvent(
  { name, text, images }: RawEvent,
  store: ImageStore,
  redact?: Redact,
): Promise<ParsedEvent> {
  const parsed = parseJson(text, "An event of the stream");
  const isError = name === "error";
  if (!("json" in parsed)) {
    if (text.trim() === "[DONE]") return { type: "done" };
    return isError
      ? { type: "error", failure: toFailure({ error: text }, redact) }
      : { type: text ? "unreadable" : "other" };
  }
  const { json } = parsed;
  const fields = fieldsOf(json);
  const index = fields["partial_image_index"];
  const decoded = await decodeImages(json, images, store);
  if (/partial/.test(textOf(fields["type"]) ?? name) || typeof index === "number") {
    return { type: "partial", index: typeof index === "number" ? index : undefined, decoded };
  }
  if (decoded.images.length || decoded.damaged) return { type: "completed", json, decoded };
  if (isError || fields["type"] === "error" || fields["error"])
    return { type: "error", failure: toFailure(json, redact) };
  const contents = listOf(fields["choices"]).map(
    (choice) => textOf(fieldsOf(fieldsOf(choice)["delta"])["content"]) ?? "",
  );
  return contents.length ? { type: "text", text: contents.join("") } : { type: "other" };
}

function toFailure(json: unknown, redact: Redact | undefined): ParseFailure {
  const { message, code, requestId } = parseServerError(json, redact);
  return {
    code: code ?? "error_event",
    requestId,
    params: {
      summary: `The server ended the stream with an error${code ? ` (${code})` : ""}${message ? `: "${message}"` : ""}.`,
    },
  };
}
