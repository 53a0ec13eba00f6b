import { readJson } from "../../../packages/client/src/response/read-json.ts";
import { check, type Target } from "../engine/target.ts";
import { large, pixel } from "../fixtures/images.ts";
import { chunksOf, sameForChunks } from "../oracles/chunks.ts";
import { imagesOf, type Reading, rawBodyOf, readFailure, redact, toImage } from "../oracles/responses.ts";
import { checkNoKey, checkPrintable, key, keySpellings, prompt } from "../oracles/secrets.ts";

const json = JSON.stringify;

export const target: Target = {
  name: "json-response",
  covers: [
    "packages/client/src/response/read-json.ts",
    "packages/client/src/response/image-scanner.ts",
    "packages/client/src/response/decode-images.ts",
    "packages/client/src/response/build-result.ts",
    "packages/client/src/response/salvage.ts",
    "packages/client/src/response/read-usage.ts",
    "packages/client/src/response/read-image-body.ts",
    "packages/client/src/response/peek-body.ts",
    "packages/client/src/response/json.ts",
    "packages/client/src/response/shapes/",
    "packages/client/src/bytes/base64-decoder.ts",
    "packages/client/src/errors/server-error.ts",
  ],
  seeds: [
    json({
      created: 1,
      data: [{ b64_json: pixel, revised_prompt: "a" }],
      usage: { input_tokens: 1, output_tokens: 2, cost: "0.04" },
    }),
    json({ data: [{ b64_json: large }, { url: "https://x.test/a.png" }] }),
    json({
      id: "c",
      choices: [
        { message: { content: `![a](data:image/png;base64,${pixel}) https://x.test/a.png`, refusal: null } },
      ],
    }),
    json({
      choices: [
        {
          message: {
            content: [{ type: "text", text: "no" }, { image_url: { url: "https://x.test/b" } }],
            images: [{ image_url: { url: pixel } }],
          },
        },
      ],
    }),
    json({ output: [{ type: "image_generation_call", result: pixel }], status: "completed" }),
    json({ data: { result: { outputs: ["https://x.test/1", "https://x.test/2"] }, status: "succeeded" } }),
    json({ error: { message: `bad key ${key} for ${prompt}`, code: "invalid", type: "t", param: "p" } }),
    json({ code: 200, msg: "ok", data: json({ images: [pixel] }) }),
    json({
      candidates: [{ content: { parts: [{ inlineData: { mimeType: "image/png", data: pixel } }] } }],
      promptFeedback: { blockReason: "SAFETY" },
    }),
    json({ task_id: "t", status: "processing", detail: [{ msg: "wait" }] }),
    json({
      data: [
        { b64_json: '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"/>' },
        { url: "data:image/svg+xml,%3Csvg%20/%3E" },
      ],
    }),
    `{"data":[{"b64_json":"${large}"},{"b64_json":"${pixel.slice(0, 40)}`,
    pixel,
    `data:image/png;base64,${pixel}`,
    "https://x.test/a.png",
    Buffer.from(pixel, "base64"),
    "<html>Bad gateway</html>",
    "",
  ],
  dictionary: [
    ...keySpellings,
    pixel,
    "b64_json",
    "url",
    "image_url",
    "data",
    "choices",
    "message",
    "content",
    "images",
    "output",
    "result",
    "error",
    "code",
    "status",
    "revised_prompt",
    "usage",
    "input",
    "mask",
    "thumbnail",
    "inlineData",
    "data:image/png;base64,",
    "https://x.test/a.png",
    '"',
    "\\",
    "\\u0041",
    "\\/",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "null",
    "<svg ",
    "<!doctype",
    "![a](",
    ")",
    "request id: abcdef",
    "\u202e",
    "\u001b[2J",
    "refusal",
    "processing",
  ],
  maxBytes: 32_768,
  maxSteps: { fixed: 60_000, perByte: 600 },
  async run(input) {
    const reading = await sameForChunks(
      input.length,
      (size) => read(input, size),
      "a response is read the same for any chunks",
    );
    const text = Buffer.from(input).toString("latin1");
    // Without a long run of base64, nothing is written in another way. Reading stops where there is too much.
    if (reading.rawBody === undefined || /[\w+/\\=\r\n\t\f-]{4000}/.test(text)) return;
    const given = Buffer.from(input).toString("hex");
    const isWhole = reading.code !== "unexpected_response";
    check(
      isWhole ? reading.rawBody === given : given.startsWith(reading.rawBody),
      "`rawBody` returns what arrived",
      () => text.slice(0, 300),
    );
  },
};

async function read(input: Uint8Array, size: number): Promise<Reading> {
  try {
    const result = await readJson(chunksOf(input, size), {
      toImage,
      redact,
      contentType: "application/json",
    });
    check(result.images.length > 0, "a result has images");
    const messages = result.warnings.map(({ message }) => message);
    for (const message of messages) {
      checkNoKey(message, "a warning");
      checkPrintable(message, "a warning");
    }
    return { images: await imagesOf(result.images), messages, rawBody: await rawBodyOf(result) };
  } catch (error) {
    return readFailure(error);
  }
}
