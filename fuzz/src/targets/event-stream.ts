import { readEvents } from "../../../packages/client/src/response/events/read-events.ts";
import { createSseParser } from "../../../packages/client/src/response/events/sse-parser.ts";
import { check, type Target } from "../engine/target.ts";
import { large, pixel } from "../fixtures/images.ts";
import { chunksOf, sameForChunks } from "../oracles/chunks.ts";
import { imagesOf, type Reading, readFailure, redact, toImage } from "../oracles/responses.ts";
import { checkNoKey, checkPrintable, key, keySpellings } from "../oracles/secrets.ts";

const event = (name: string, data: unknown) =>
  `event: ${name}\ndata: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;

export const target: Target = {
  name: "event-stream",
  covers: ["packages/client/src/response/events/", "packages/client/src/response/sniff-body.ts"],
  seeds: [
    event("image_edit.partial_image", {
      type: "image_edit.partial_image",
      b64_json: pixel,
      partial_image_index: 0,
    }) +
      event("image_edit.completed", {
        type: "image_edit.completed",
        b64_json: pixel,
        usage: { input_tokens: 1 },
      }) +
      "data: [DONE]\n\n",
    event("image_edit.completed", { b64_json: large }),
    event("", { choices: [{ delta: { content: "![a](https://x.test/a.png)" } }] }) +
      event("", { choices: [{ delta: {}, finish_reason: "stop" }] }),
    event("", { choices: [{ delta: { refusal: "No." } }] }),
    event("response.output_item.done", {
      type: "response.output_item.done",
      item: { type: "image_generation_call", result: pixel },
    }) +
      event("response.completed", {
        type: "response.completed",
        response: { output: [{ type: "image_generation_call", result: pixel }], usage: { output_tokens: 3 } },
      }),
    event("error", { error: { message: `bad ${key}`, code: "c" } }),
    event("response.failed", {
      type: "response.failed",
      response: { error: { code: "moderation_blocked", message: "no" } },
    }),
    event("response.output_text.delta", { type: "response.output_text.delta", delta: "text" }),
    event("progress", { progress: 3 }) + event("result", { images: ["https://x.test/a.png"] }),
    ': comment\r\nid: 1\r\nretry: 3\r\ndata: {\r\ndata: "b64_json": ""}\r\n\r\n',
    `data: {"b64_json":"${large.slice(0, 4500)}`,
    JSON.stringify({ data: [{ b64_json: pixel }] }),
    "\ufeffdata:x\r\rdata",
    "upstream error\n\n",
  ],
  dictionary: [
    ...keySpellings,
    pixel,
    "data: ",
    "event: ",
    "id: ",
    "retry: ",
    "\n\n",
    "\r\n",
    "\r",
    ": ",
    "[DONE]",
    "image_edit.completed",
    "image_edit.partial_image",
    "image_generation.completed",
    "response.completed",
    "response.failed",
    "response.incomplete",
    "error",
    "partial_image_index",
    "b64_json",
    "url",
    "choices",
    "delta",
    "content",
    "refusal",
    "finish_reason",
    "result",
    "images",
    "https://x.test/a.png",
    "progress",
    "preview",
    "\u202e",
    "\\u001b",
    "\ufeff",
  ],
  maxBytes: 32_768,
  maxSteps: { fixed: 60_000, perByte: 600 },
  async run(input) {
    await sameForChunks(
      input.length,
      (size) => split(input, size),
      "events are split the same for any chunks",
    );
    await sameForChunks(
      input.length,
      (size) => read(input, size),
      "a stream is read the same for any chunks",
    );
  },
};

async function split(input: Uint8Array, size: number): Promise<string[]> {
  const events: string[] = [];
  let data = "";
  let otherBytes = 0;
  const parser = createSseParser({
    onName: (name) => events.push(`name ${name}`),
    onLine: (isNext) => {
      data += isNext ? "\n" : "";
    },
    onData: (bytes) => {
      data += Buffer.from(bytes).toString("latin1");
    },
    onOther: (bytes) => {
      otherBytes += bytes.length;
    },
    onEnd: () => {
      events.push(`data ${data}`);
      data = "";
    },
  });
  for await (const chunk of chunksOf(input, size)) parser.push(chunk);
  parser.end();
  check(otherBytes <= 65_536, "at most 64 KiB of other lines are retained");
  return events;
}

async function read(input: Uint8Array, size: number): Promise<readonly Reading[]> {
  const readings: Reading[] = [];
  try {
    for await (const one of readEvents(chunksOf(input, size), { toImage, redact, requested: 2 })) {
      if (one.type === "partial") {
        readings.push({ images: await imagesOf([one.image]), messages: [`partial ${one.index}`] });
        continue;
      }
      check(one.result.images.length > 0, "a result has images");
      const messages = one.result.warnings.map(({ message }) => message);
      for (const message of messages) {
        checkNoKey(message, "a warning");
        checkPrintable(message, "a warning");
      }
      readings.push({ images: await imagesOf(one.result.images), messages });
    }
    check(readings.length > 0, "a stream without an event is an error");
  } catch (error) {
    // What came with the last chunk is retained, even behind the end.
    readings.push({ ...(await readFailure(error)), rawBody: undefined });
  }
  return readings;
}
