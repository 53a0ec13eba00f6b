import { describe, expect, it } from "vitest";
import type { EditedImage } from "../../edited-image.ts";
import {
  isInvalidResponseError,
  isRetouchError,
  NetworkError,
  type RetouchError,
} from "../../errors/errors.ts";
import { inChunks, thenCut } from "../../fixtures/in-chunks.ts";
import { makePng } from "../../fixtures/make-png.ts";
import { noise } from "../../fixtures/noise.ts";
import type { DecodedImage } from "../decode-images.ts";
import { memoryStore } from "../image-store.ts";
import type { ReaderOptions } from "../reader-options.ts";
import { createEventLog } from "./event-log.ts";
import { readEvents } from "./read-events.ts";

// One short enough to stay in the text of an event, and one that the scanner takes out of it.
const small = makePng({ widthPx: 2, heightPx: 2, colorType: 2, bitDepth: 8, pixel: () => [1, 2, 3] });
const pixels = noise(3 * 64 * 64);
const large = makePng({
  widthPx: 64,
  heightPx: 64,
  colorType: 2,
  bitDepth: 8,
  pixel: (x, y) => [0, 1, 2].map((channel) => pixels[3 * (64 * y + x) + channel] ?? 0),
});
const images = { small, large };

interface TestImage extends EditedImage {
  readonly source: DecodedImage["source"];
}
const toImage = ({ source, url, revisedPrompt }: DecodedImage): TestImage => ({
  source,
  url,
  revisedPrompt,
  bytes: async () => new Uint8Array((await source?.slice(0, source.byteLength)) ?? []),
  blob: async () => new Blob(),
  dataUrl: async () => "",
});

const event = (fields: object, name = "") =>
  `${name && `event: ${name}\n`}data: ${JSON.stringify(fields)}\n\n`;
const onBodyFailure: ReaderOptions<TestImage>["onBodyFailure"] = (cause, salvaged) =>
  new NetworkError("The connection was cut.", {
    outcome: "unknown",
    code: "connection_reset",
    cause,
    ...salvaged,
  });

interface Read {
  readonly partial: Uint8Array[];
  readonly images: readonly TestImage[];
  readonly warnings: string[];
  readonly usage?: unknown;
  readonly error?: RetouchError | undefined;
}

/** Reads a stream to its end: the last result, or the error. */
async function read(
  body: string | AsyncIterable<Uint8Array>,
  options: Partial<ReaderOptions<TestImage>> = {},
): Promise<Read> {
  const partial: Uint8Array[] = [];
  let result: Read = { partial, images: [], warnings: [] };
  try {
    const chunks = typeof body === "string" ? inChunks(body, 999) : body;
    for await (const given of readEvents(chunks, { toImage, onBodyFailure, ...options })) {
      if (given.type === "partial") partial.push(await given.image.bytes());
      else
        result = {
          partial,
          images: given.result.images,
          warnings: given.result.warnings.map(({ code }) => code),
          usage: given.result.usage,
        };
    }
  } catch (error) {
    if (!isRetouchError(error)) throw error;
    return { ...result, error };
  }
  return result;
}

const bytesOf = (list: readonly EditedImage[]) => Promise.all(list.map((image) => image.bytes()));

describe.each(["small", "large"] as const)("a %s image", (size) => {
  const bytes = images[size];
  const b64 = Buffer.from(bytes).toString("base64");
  const uri = `data:image/png;base64,${b64}`;

  it.each<[string, string]>([
    [
      "an item of the Responses API",
      event({
        type: "response.output_item.done",
        item: { type: "image_generation_call", status: "generating", result: b64 },
      }),
    ],
    [
      "the response of the Responses API",
      event({
        type: "response.completed",
        response: { status: "completed", output: [{ type: "image_generation_call", result: b64 }] },
      }),
    ],
    ["a type on the `event:` line alone", event({ item: { result: b64 } }, "response.output_item.done")],
    [
      "images of a chat delta",
      event({ choices: [{ delta: { images: [{ type: "image_url", image_url: { url: uri } }] } }] }),
    ],
    [
      "parts of a chat delta",
      event({ choices: [{ delta: { content: [{ type: "image_url", image_url: { url: uri } }] } }] }),
    ],
    [
      "inline data",
      event({ candidates: [{ content: { parts: [{ inlineData: { mimeType: "image/png", data: b64 } }] } }] }),
    ],
    ["an unknown event without an end of its own", event({ type: "image.ready", payload: { canvas: b64 } })],
    ["a wrapper in a wrapper", event({ event: "task.succeeded", data: { output: { images: [uri] } } })],
    ["a delta of text", event({ choices: [{ delta: { content: `![x](${uri})` } }] })],
    [
      "deltas of text that split it",
      [`![x](${uri.slice(0, -100)}`, uri.slice(-100, -37), `${uri.slice(-37)})`]
        .map((content) => event({ choices: [{ delta: { content } }] }))
        .join(""),
    ],
  ])("is read from %s", async (_, text) => {
    for (const stream of [text, `${text}data: [DONE]\n\n`]) {
      const { error, warnings, images: read1 } = await read(stream);
      expect(error).toBeUndefined();
      expect(warnings).toEqual([]);
      expect(await bytesOf(read1)).toEqual([bytes]);
    }
  });

  it.each<[string, string]>([
    [
      "a partial image under another name",
      event({
        type: "response.image_generation_call.partial_image",
        partial_image_index: 0,
        partial_image_b64: b64,
      }),
    ],
    ["a preview", event({ type: "image.preview", image: b64 })],
    ["a member that says so", event({ type: "update", partial_image: b64 })],
  ])("is partial in %s", async (_, text) => {
    const { partial, error } = await read(text);
    expect(partial).toEqual([bytes]);
    expect(error).toMatchObject({ code: "stream_incomplete", outcome: "unknown" });
  });

  it("is one image when its item and the complete response both have it", async () => {
    const usage = { input_tokens: 3, output_tokens: 4 };
    const text =
      event({
        type: "response.output_item.done",
        item: { type: "image_generation_call", result: b64, revised_prompt: "A hat" },
      }) + event({ type: "response.completed", response: { output: [{ result: b64 }], usage } });
    const { images: read1, warnings, usage: seen } = await read(text);
    expect(await bytesOf(read1)).toEqual([bytes]);
    expect(read1[0]?.revisedPrompt).toBe("A hat");
    expect(warnings).toEqual([]);
    expect(seen).toMatchObject({ inputTokens: 3, outputTokens: 4 });
  });

  it("is two images when two events of one kind have it", async () => {
    const item = event({ type: "response.output_item.done", item: { result: b64 } });
    const all = event({
      type: "response.completed",
      response: { output: [{ result: b64 }, { result: b64 }] },
    });
    for (const text of [item + item + all, event({ type: "image_edit.completed", b64_json: b64 }).repeat(2)])
      expect(await bytesOf((await read(text, { requested: 2 })).images)).toEqual([bytes, bytes]);
  });

  it("is in `error.images` when the edit failed after it", async () => {
    const text =
      event({ type: "image.ready", canvas: b64 }) +
      event({ type: "image_edit.failed", error: { message: "Too slow." } });
    const { error } = await read(text);
    expect(error?.message).toContain("Too slow.");
    expect(await bytesOf(error?.images ?? [])).toEqual([bytes]);
  });

  it.each([
    ["after its JSON", event({ type: "image_edit.completed", b64_json: b64 }).trimEnd(), true],
    [
      "before the end of its JSON",
      event({ type: "image_edit.completed", b64_json: b64 }).trimEnd().slice(0, -1),
      size === "small",
    ],
  ])("is not lost when the connection is cut %s", async (_, text, isSkipped) => {
    const { images: read1, error } = await read(thenCut(text, "cut"));
    // A broken event can be the image's own, so it is an error; a short image of such an event is in `rawBody`.
    if (text.endsWith("}")) expect(await bytesOf(read1)).toEqual([bytes]);
    else if (!isSkipped) expect(await bytesOf(error?.images ?? [])).toEqual([bytes]);
    else expect(Buffer.from((await error?.rawBody()) ?? []).toString()).toContain(b64);
  });
});

describe("a link", () => {
  const link = "https://cdn.test/r/1?sig=2";
  it.each<[string, string]>([
    ["the item of an unknown event", event({ type: "task.done", item: { result_url: link } })],
    ["a list of strings", event({ type: "task.done", output: { url: [link] } })],
    ["a path with an extension", event({ type: "task.done", files: ["https://cdn.test/1.webp?sig=2"] })],
  ])("is read from %s", async (_, text) => {
    const { images: read1, error } = await read(text);
    expect(error).toBeUndefined();
    expect(read1.map(({ url }) => url)).toEqual([expect.stringContaining("https://cdn.test/")]);
  });

  it("of an error is not an image", async () => {
    const { error } = await read(event({ type: "image_edit.failed", error: { message: "No.", url: link } }));
    expect(error?.images).toEqual([]);
    expect(error?.message).not.toContain("cdn.test");
  });
});

describe("a failure", () => {
  it.each<[string, string, string, string]>([
    [
      "nested",
      event({
        type: "response.failed",
        response: { status: "failed", error: { code: "moderation_blocked", message: "Blocked." } },
      }),
      "moderation_blocked",
      "Blocked.",
    ],
    [
      "of an image",
      event({ type: "image_edit.failed", error: { code: "server_error", message: "Gone." } }),
      "server_error",
      "Gone.",
    ],
    [
      "of a call",
      event({ type: "response.image_generation_call.failed", error: { message: "Gone." } }),
      "error_event",
      "Gone.",
    ],
    [
      "without an `error`",
      event({ type: "image_generation.failed", message: "Gone.", code: "x_1" }),
      "x_1",
      "Gone.",
    ],
    [
      "with its message in `data`",
      event({ type: "task.failed", data: { message: "Gone." } }),
      "error_event",
      "Gone.",
    ],
    ["of a name alone", event({ detail: "Gone." }, "image_edit.failed"), "error_event", "Gone."],
    ["in text", "event: image_edit.failed\ndata: Gone.\n\n", "error_event", "Gone."],
    ["that is a string", event({ type: "error", error: "Gone." }), "error_event", "Gone."],
    [
      "in `status`",
      event({ type: "response.completed", response: { status: "failed", error: { message: "Gone." } } }),
      "error_event",
      "Gone.",
    ],
    [
      "of an item",
      event({
        type: "response.output_item.done",
        item: { status: "failed", error: { code: "x_2", message: "Gone." } },
      }),
      "x_2",
      "Gone.",
    ],
    [
      "incomplete",
      event({
        type: "response.incomplete",
        response: { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } },
      }),
      "max_output_tokens",
      "max_output_tokens",
    ],
    ["incomplete without a reason", event({ type: "image_edit.incomplete" }), "error_event", "error"],
    [
      "refused in a chat",
      event({ choices: [{ delta: { content: "I cannot " } }] }) +
        event({ choices: [{ delta: { content: "do that." } }] }),
      "no_image",
      "I cannot do that.",
    ],
    [
      "refused in `refusal`",
      event({ choices: [{ delta: { refusal: "Not this." } }] }),
      "no_image",
      "Not this.",
    ],
    [
      "refused in a text event",
      event({ type: "response.output_text.delta", delta: "Not this." }),
      "no_image",
      "Not this.",
    ],
  ])("%s is reported with its code and message", async (_, text, code, message) => {
    for (const stream of [text, `${text}data: [DONE]\n\n`]) {
      const { error } = await read(stream);
      expect(isInvalidResponseError(error)).toBe(true);
      expect(error).toMatchObject({ code, outcome: "unknown" });
      expect(error?.message).toContain(message);
      expect(Buffer.from((await error?.rawBody()) ?? []).toString()).toContain(text.trim().slice(-20));
    }
  });

  it("is redacted", async () => {
    const text = event({
      type: "response.failed",
      response: { error: { message: "Key sk-1 at\u001b[31m fault." } },
    });
    const { error } = await read(text, { redact: (said) => said.replace("sk-1", "***") });
    expect(error?.message).toContain("Key *** at fault.");
  });

  it("of one image does not lose the others", async () => {
    const b64 = Buffer.from(large).toString("base64");
    const text =
      event({ type: "image_edit.failed", error: { message: "One failed." } }) +
      event({ type: "image_edit.completed", b64_json: b64 });
    const { images: read1, warnings } = await read(text, { requested: 2 });
    expect(await bytesOf(read1)).toEqual([large]);
    expect(warnings).toEqual(["error_event", "fewer_images"]);
  });

  it("is not reported by an event whose `error` is empty", async () => {
    const b64 = Buffer.from(large).toString("base64");
    const empty = [{ error: null }, { error: {} }, { error: "" }, { error: { message: "", code: null } }];
    const text = empty.map((fields) => event({ type: "image_edit.started", ...fields })).join("");
    const { images: read1, warnings } = await read(
      text + event({ type: "image_edit.completed", b64_json: b64, error: null }),
    );
    expect(await bytesOf(read1)).toEqual([large]);
    expect(warnings).toEqual([]);
  });
});

describe("an endless stream", () => {
  const limits = { maxEvents: 100, maxTextBytes: 10_000, maxOtherBytes: 10_000, maxPartialBytes: 100_000 };

  it.each<[string, string, string]>([
    ["of events", "", event({ type: "ping" })],
    ["of deltas", "", event({ choices: [{ delta: { content: "x".repeat(999) } }] })],
    ["of comments", "", ": still here\n\n"],
    ["of blank lines", "data: 1\n", "\n".repeat(999)],
    ["of names", "", "event: image_edit.completed\n"],
    ["of one partial image", 'data: {"type":"image_edit.partial_image","b64_json":"', "A".repeat(9999)],
  ])("%s ends", (_, head, text) => {
    const log = createEventLog(memoryStore, undefined, limits);
    let failure = log.push(Buffer.from(head));
    let pushedBytes = 0;
    for (; !failure && pushedBytes < 1_000_000; pushedBytes += text.length)
      failure = log.push(Buffer.from(text));
    expect(failure).toMatchObject({ code: "unexpected_response" });
  });

  it("does not end within a large image, nor within the events of a usual stream", () => {
    const log = createEventLog(memoryStore, undefined, limits);
    const b64 = Buffer.from(large).toString("base64");
    expect(log.push(Buffer.from(event({ b64_json: b64 })))).toBeUndefined();
    for (let index = 0; index < 90; index++)
      expect(log.push(Buffer.from(event({ type: "ping" })))).toBeUndefined();
  });

  it("ends with an error", async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (const chunk = Buffer.alloc(1_048_576, "\n: "); ; ) yield chunk;
    }
    const { error } = await read(endless());
    expect(error).toMatchObject({ code: "unexpected_response", outcome: "unknown" });
  });

  it("of partial images retains few of them", async () => {
    const b64 = Buffer.from(large).toString("base64");
    const text = Array.from({ length: 500 }, (_, index) =>
      event({ type: "image_edit.partial_image", partial_image_index: index, b64_json: b64 }),
    ).join("");
    const { error } = await read(text);
    expect(error?.images).toHaveLength(32);
  });
});
