import { mediaTypeOf } from "../edit/image-store.ts";
import { fieldDefaults, streamEvents } from "../generated/spec.gen.ts";
import type { MockResponse } from "../mock-exchange.ts";
import type { EditJob } from "../render/edit-job.ts";
import { type BodyName, bodyResponse, buildBody } from "./build-body.ts";
import { delay } from "./delay.ts";
import { type ImageUsage, usualQuality } from "./estimate-usage.ts";
import { toBase64 } from "./to-base64.ts";

/** Valid edit, with everything that its response needs. */
export interface AcceptedEdit {
  job: EditJob;
  n: number;
  /** `b64_json` or `url`. */
  responseFormat: string;
  stream: boolean;
  partialImages: number;
  /** Text fields as they were sent. */
  fields: Readonly<Record<string, string>>;
  usage: ImageUsage;
  /** Unix seconds. */
  created: number;
  latencyMs: number;
  signal: AbortSignal;
  /** Renders image `index`. `detail` below 1 returns a blurred preview, `format` overrides the format of the job. */
  paint(index: number, detail?: number, format?: string): Promise<Uint8Array>;
  /** Serves bytes from the mock, and returns their URL. */
  publish(bytes: Uint8Array, format: string): string;
}

/** One member of `data[]`. */
interface ImageItem {
  b64_json?: string;
  url?: string;
  revised_prompt?: string;
}

/** Creates the response `{ created, data[], ... }`, with `b64_json` or `url` as requested. */
export async function imagesResponse(
  edit: AcceptedEdit,
  format = edit.responseFormat,
): Promise<MockResponse> {
  const data: ImageItem[] = [];
  let lastBytes = 0;
  for (let index = 0; index < edit.n; index += 1) {
    const bytes = await edit.paint(index);
    lastBytes = bytes.length;
    data.push(
      format === "url" ? { url: edit.publish(bytes, edit.job.outputFormat) } : { b64_json: toBase64(bytes) },
    );
  }
  const svg = edit.job.outputFormat === "svg" ? { svg_usage: svgUsage(edit, lastBytes) } : {};
  return dataResponse(edit, data, svg);
}

/** Creates the JSON response of the given items. */
export function dataResponse(edit: AcceptedEdit, data: unknown, extra: object = {}): MockResponse {
  return bodyResponse("ImagesResponse", {
    created: edit.created,
    ...imageFields(edit),
    data,
    usage: edit.usage,
    ...identifierOf(edit),
    ...extra,
  });
}

/** Returns the identifier that counts: `safety_identifier`, or `user` when it is empty. */
function identifierOf({ fields }: AcceptedEdit): { safety_identifier?: string } {
  const identifier = fields["safety_identifier"] || fields["user"];
  return identifier ? { safety_identifier: identifier } : {};
}

/** Estimates what writing an SVG took, which is billed apart from the image: plausible, and the same for the same SVG. */
function svgUsage({ job, fields, usage }: AcceptedEdit, bytes: number) {
  const output = Math.ceil(bytes / 4);
  const reasoning = fields["svg[reasoning][effort]"] === "none" ? 0 : Math.ceil(output / 2);
  return {
    model: fields["svg[model]"] ?? job.model ?? "",
    input_tokens: usage.input_tokens,
    output_tokens: output + reasoning,
    reasoning_tokens: reasoning,
    total_tokens: usage.input_tokens + output + reasoning,
  };
}

/** Creates a response of server-sent events: sharper and sharper previews, then each completed image. */
export function sseResponse(
  edit: AcceptedEdit,
  options: { completes: boolean } = { completes: true },
): MockResponse {
  return {
    status: 200,
    headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" },
    body: editEvents(edit, options.completes),
  };
}

async function* editEvents(edit: AcceptedEdit, completes: boolean) {
  const encoder = new TextEncoder();
  const encode = (name: BodyName, type: string, values: object) =>
    encoder.encode(`event: ${type}\ndata: ${JSON.stringify(buildBody(name, { type, ...values }))}\n\n`);
  const common = { created_at: edit.created, ...imageFields(edit) };
  // A stream that will be cut has at least one preview before the cut.
  const previews = completes ? edit.partialImages : Math.max(1, edit.partialImages);
  for (let index = 0; index < edit.n; index += 1) {
    for (let preview = 0; preview < previews; preview += 1) {
      const bytes = await edit.paint(index, (preview + 1) / (previews + 1));
      yield encode("PartialImageEvent", streamEvents.partial[0], {
        b64_json: toBase64(bytes),
        ...common,
        partial_image_index: preview,
      });
      await delay(edit.latencyMs, edit.signal);
    }
    if (!completes) return;
    const bytes = await edit.paint(index);
    yield encode("CompletedEvent", streamEvents.completed[0], {
      b64_json: toBase64(bytes),
      ...common,
      usage: edit.usage,
    });
  }
}

/** Creates the chat completion of the vendor's document, with images in the Markdown of the message. */
export async function chatResponse(edit: AcceptedEdit): Promise<MockResponse> {
  const images: string[] = [];
  for (let index = 0; index < edit.n; index += 1) {
    const bytes = await edit.paint(index);
    const format = edit.job.outputFormat;
    const link =
      edit.responseFormat === "url"
        ? edit.publish(bytes, format)
        : `data:${mediaTypeOf(format)};base64,${toBase64(bytes)}`;
    images.push(`![image-${index + 1}](${link})`);
  }
  const { input_tokens, output_tokens, total_tokens } = edit.usage;
  return bodyResponse("VendorChatCompletion", {
    id: "chatcmpl-123",
    object: "chat.completion",
    created: edit.created,
    choices: [
      { index: 0, message: { role: "assistant", content: images.join("\n\n") }, finish_reason: "stop" },
    ],
    usage: { prompt_tokens: input_tokens, completion_tokens: output_tokens, total_tokens },
  });
}

/** Returns the fields that describe the images. */
function imageFields({ job, fields }: AcceptedEdit) {
  return {
    background: job.background === "transparent" ? "transparent" : "opaque",
    output_format: job.outputFormat,
    quality:
      fields["quality"] === undefined || fields["quality"] === fieldDefaults.quality
        ? usualQuality
        : fields["quality"],
    size: `${job.widthPx}x${job.heightPx}`,
  };
}
