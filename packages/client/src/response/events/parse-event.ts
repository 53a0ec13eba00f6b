import type { Redact } from "../../errors/sanitize-text.ts";
import { parseServerError } from "../../errors/server-error.ts";
import { type DecodedImages, decodeImages } from "../decode-images.ts";
import type { ImageStore } from "../image-store.ts";
import { fieldsOf, listOf, type ParseFailure, parseJson, textOf } from "../json.ts";
import type { RawEvent } from "./event-log.ts";

/** What one event of a stream says. */
export type ParsedEvent =
  | { readonly type: "partial"; readonly index: number | undefined; readonly opened: DecodedImages }
  | { readonly type: "completed"; readonly json: unknown; readonly opened: DecodedImages }
  | { readonly type: "error"; readonly failure: ParseFailure }
  /** A piece of a chat's message, which can hold links once it is whole. */
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "done" | "unreadable" | "other" };

/**
 * Reads one event, of `image_edit.*`, `image_generation.*` or any family: its type is on its `event:` line or in its
 * data, and where neither says it, pictures make it completed.
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
      ? { type: "error", failure: describe({ error: text }, redact) }
      : { type: text ? "unreadable" : "other" };
  }
  const { json } = parsed;
  const fields = fieldsOf(json);
  const index = fields["partial_image_index"];
  const opened = await decodeImages(json, images, store);
  if (/partial/.test(textOf(fields["type"]) ?? name) || typeof index === "number") {
    return { type: "partial", index: typeof index === "number" ? index : undefined, opened };
  }
  if (opened.images.length || opened.damaged) return { type: "completed", json, opened };
  if (isError || fields["type"] === "error" || fields["error"])
    return { type: "error", failure: describe(json, redact) };
  const said = listOf(fields["choices"]).map(
    (choice) => textOf(fieldsOf(fieldsOf(choice)["delta"])["content"]) ?? "",
  );
  return said.length ? { type: "text", text: said.join("") } : { type: "other" };
}

function describe(json: unknown, redact: Redact | undefined): ParseFailure {
  const { message, code, requestId } = parseServerError(json, redact);
  return {
    code: code ?? "error_event",
    requestId,
    seen: `The server ended the stream with an error${code ? ` (${code})` : ""}${message ? `: "${message}"` : ""}.`,
  };
}
