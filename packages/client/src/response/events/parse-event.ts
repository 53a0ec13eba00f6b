import type { Redact } from "../../errors/redactor.ts";
import { type DecodedImages, decodeImages } from "../decode-images.ts";
import type { ImageStore } from "../image-store.ts";
import { fieldsOf, listOf, type ParseFailure, parseJson, textOf } from "../json.ts";
import { findFailure, isFailureName, toFailure } from "./event-failure.ts";
import { findEventImages, salvageEventImages } from "./event-images.ts";
import type { RawEvent } from "./event-log.ts";

/** The meaning of one event of a stream. */
export interface ParsedEvent {
  /**
   * `final`: its images are results. `candidates`: its images are results only if no other event has any. `text`: a
   * part of a chat message, which can contain links once it is complete.
   */
  readonly type: "partial" | "final" | "candidates" | "text" | "done" | "unreadable" | "other";
  /** The event's type, by which its images differ from repetitions of them in other events. */
  readonly kind: string;
  readonly json?: unknown;
  readonly decoded: DecodedImages;
  /** Index of a partial image. */
  readonly index?: number | undefined;
  readonly text?: string | undefined;
  readonly refusal?: string | undefined;
  /** Why the edit failed, if the event says that it did. */
  readonly failure?: ParseFailure | undefined;
  /** The failure may be that of one step only: more events are expected. */
  readonly isStep?: boolean | undefined;
  /** The failure is that of the edit, not of one of its images. */
  readonly isFatal?: boolean | undefined;
}

const none: DecodedImages = { images: [], warnings: [], damaged: 0 };
const partialName = /partial|preview|progress|intermediate|draft|thumbnail/i;
const finalName = /complet|done|final|finish|succe|result/i;
const textName = /(?:text|refusal)\.delta$/;

/**
 * Parses one event, of `image_edit.*`, `image_generation.*`, `response.*`, chat chunks or any other family. Its type is
 * on its `event:` line or in its data. Without a type, an event with images counts as final.
 */
export async function parseEvent(event: RawEvent, store: ImageStore, redact?: Redact): Promise<ParsedEvent> {
  const { name, text, images } = event;
  const parsed = parseJson(text, "An event of the stream");
  if (!("json" in parsed)) {
    const base = { kind: name, decoded: none };
    if (text.trim() === "[DONE]") return { ...base, type: "done" };
    if (isFailureName(name))
      return { ...base, type: "other", isFatal: true, failure: toFailure({ error: text }, redact) };
    const decoded = await salvageEventImages(event.completeImages());
    const isPartial = partialName.test(name) || partialName.test(text.slice(0, 4096));
    return { ...base, decoded, type: text === "" ? "other" : isPartial ? "partial" : "unreadable" };
  }
  const { json } = parsed;
  const fields = fieldsOf(json);
  const kind =
    textOf(fields["type"]) ?? textOf(fields["event"]) ?? (name || (textOf(fields["object"]) ?? ""));
  const failure = findFailure(json, kind, redact);
  const isStep = /item|_call\b/.test(kind);
  let decoded = await decodeImages(json, images, store);
  let isPartial = partialName.test(`${kind} ${name}`) || typeof fields["partial_image_index"] === "number";
  if (!decoded.images.length && !decoded.damaged) {
    const isText = listOf(fields["choices"]).length > 0 || textName.test(kind);
    const found = await findEventImages(json, images, {
      withLinks: failure === undefined,
      withTexts: !isText,
    });
    isPartial ||= found.length > 0 && found.every(({ member }) => partialName.test(member));
    if (found.length) decoded = await decodeImages({ data: found.map(({ item }) => item) }, images, store);
  }
  const isFatal = /^(?:error\b|response\.|$)/.test(kind);
  const common = { kind, json, decoded, failure, isStep, isFatal };
  if (isPartial) {
    const index = fields["partial_image_index"];
    return { ...common, type: "partial", index: typeof index === "number" ? index : undefined };
  }
  if (decoded.images.length || decoded.damaged) {
    // What names nothing that has ended may be a preview. What failed will not get better.
    const isFinal = kind === "" || finalName.test(kind) || failure !== undefined;
    return { ...common, type: isFinal ? "final" : "candidates" };
  }
  return { ...common, ...(await readText(event, json, kind)) };
}

/** Returns the text of a chunk of a chat, or of a text event, with the base64 that the scanner took out of it. */
async function readText(
  event: RawEvent,
  json: unknown,
  kind: string,
): Promise<Pick<ParsedEvent, "type" | "text" | "refusal">> {
  const hasPlaceholder = [...event.images.keys()].some((token) => event.text.includes(token));
  const full = hasPlaceholder ? parseJson(await event.rawText(), "An event of the stream") : { json };
  const fields = fieldsOf("json" in full ? full.json : json);
  const deltas = listOf(fields["choices"]).map((choice) => fieldsOf(fieldsOf(choice)["delta"]));
  const text = deltas.map(({ content }) => textIn(content)).join("");
  const refusal = deltas.map((delta) => textOf(delta["refusal"]) ?? "").join("");
  if (deltas.length) return { type: "text", text, refusal };
  const delta = textOf(fields["delta"]);
  if (delta === undefined || !textName.test(kind)) return { type: "other" };
  return { type: "text", ...(kind.includes("refusal") ? { refusal: delta } : { text: delta }) };
}

function textIn(content: unknown): string {
  return listOf(content)
    .map((part) => textOf(part) ?? textOf(fieldsOf(part)["text"]) ?? "")
    .join("");
}
