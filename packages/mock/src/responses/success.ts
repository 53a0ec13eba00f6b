import { streamEvents } from "../generated/spec.gen.ts";
import { jsonAnswer, type MockAnswer } from "../mock-exchange.ts";
import type { EditJob } from "../render/edit-job.ts";
import { pause } from "./delay.ts";
import type { ImageUsage } from "./estimate-usage.ts";
import { toBase64 } from "./to-base64.ts";

/** A valid edit, and what is needed to answer it. */
export interface PaidEdit {
  job: EditJob;
  n: number;
  /** `b64_json` or `url`. */
  responseFormat: string;
  stream: boolean;
  partialImages: number;
  /** Text fields as they came. */
  fields: Readonly<Record<string, string>>;
  usage: ImageUsage;
  /** Unix seconds. */
  created: number;
  latencyMs: number;
  signal: AbortSignal;
  /** Paints picture `index`; `detail` below 1 gives a blurred preview, `format` another type than the job's. */
  paint(index: number, detail?: number, format?: string): Promise<Uint8Array>;
  /** Serves bytes from the mock itself, and returns where. */
  publish(bytes: Uint8Array, mediaType: string): string;
}

/** One member of `data[]`. */
interface ImageItem {
  b64_json?: string;
  url?: string;
  revised_prompt?: string;
}

/** Answers with `{ created, data[], ... }`, in `b64_json` or `url` as asked. */
export async function imagesAnswer(edit: PaidEdit, format = edit.responseFormat): Promise<MockAnswer> {
  const data: ImageItem[] = [];
  for (let index = 0; index < edit.n; index += 1) {
    const bytes = await edit.paint(index);
    data.push(
      format === "url"
        ? { url: edit.publish(bytes, mediaTypeOf(edit.job.outputFormat)) }
        : { b64_json: toBase64(bytes) },
    );
  }
  return imagesJson(edit, data);
}

/** Wraps items into the answer's JSON. */
export function imagesJson(edit: PaidEdit, data: unknown): MockAnswer {
  return jsonAnswer(200, { created: edit.created, ...described(edit), data, usage: edit.usage });
}

/** Answers with server-sent events: previews that get sharper, then each finished picture. */
export function eventsAnswer(
  edit: PaidEdit,
  options: { completes: boolean } = { completes: true },
): MockAnswer {
  return {
    status: 200,
    headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" },
    body: editEvents(edit, options.completes),
  };
}

async function* editEvents(edit: PaidEdit, completes: boolean) {
  const encoder = new TextEncoder();
  const encode = (event: { type: string; [member: string]: unknown }) =>
    encoder.encode(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  const common = { created_at: edit.created, ...described(edit) };
  // A stream that is to be cut has at least one preview to be cut after.
  const previews = completes ? edit.partialImages : Math.max(1, edit.partialImages);
  for (let index = 0; index < edit.n; index += 1) {
    for (let preview = 0; preview < previews; preview += 1) {
      const bytes = await edit.paint(index, (preview + 1) / (previews + 1));
      yield encode({
        type: streamEvents.partial[0],
        b64_json: toBase64(bytes),
        ...common,
        partial_image_index: preview,
      });
      await pause(edit.latencyMs, edit.signal);
    }
    if (!completes) return;
    const bytes = await edit.paint(index);
    yield encode({
      type: streamEvents.completed[0],
      b64_json: toBase64(bytes),
      ...common,
      usage: edit.usage,
    });
  }
}

/** Answers like the vendor's document: a chat completion with pictures in the message's Markdown. */
export async function chatAnswer(edit: PaidEdit): Promise<MockAnswer> {
  const pictures: string[] = [];
  for (let index = 0; index < edit.n; index += 1) {
    const bytes = await edit.paint(index);
    const mediaType = mediaTypeOf(edit.job.outputFormat);
    const link =
      edit.responseFormat === "url"
        ? edit.publish(bytes, mediaType)
        : `data:${mediaType};base64,${toBase64(bytes)}`;
    pictures.push(`![image-${index + 1}](${link})`);
  }
  const { input_tokens, output_tokens, total_tokens } = edit.usage;
  return jsonAnswer(200, {
    id: "chatcmpl-123",
    object: "chat.completion",
    created: edit.created,
    choices: [
      { index: 0, message: { role: "assistant", content: pictures.join("\n\n") }, finish_reason: "stop" },
    ],
    usage: { prompt_tokens: input_tokens, completion_tokens: output_tokens, total_tokens },
  });
}

/** What the answer says of its pictures. */
function described({ job, fields }: PaidEdit) {
  return {
    background: job.background === "transparent" ? "transparent" : "opaque",
    output_format: job.outputFormat,
    quality: fields["quality"] === undefined || fields["quality"] === "auto" ? "medium" : fields["quality"],
    size: `${job.widthPx}x${job.heightPx}`,
  };
}

/** `png` -> `image/png`. */
function mediaTypeOf(outputFormat: string): string {
  return `image/${outputFormat}`;
}
