import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EditedImage } from "../edited-image.ts";
import { InvalidResponseError, isRetouchError, NetworkError } from "../errors/errors.ts";
import { createRandom, escapeJson } from "../fixtures/escape-json.ts";
import { inChunks, thenCut } from "../fixtures/in-chunks.ts";
import type { DecodedImage } from "./decode-images.ts";
import { readJson } from "./read-json.ts";
import type { ReaderOptions } from "./reader-options.ts";

const pixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const large = Buffer.concat([Buffer.from(pixel, "base64"), Buffer.alloc(9000, "retouch")]).toString("base64");

interface TestImage extends EditedImage {
  readonly given: DecodedImage;
}
const toImage = (given: DecodedImage): TestImage => ({
  given,
  url: given.url,
  bytes: async () => new Uint8Array((await given.source?.slice(0, given.source.byteLength)) ?? []),
  blob: async () => new Blob(),
  dataUrl: async () => "",
});

const read = (response: unknown, options: Partial<ReaderOptions<TestImage>> = {}) =>
  readJson(inChunks(typeof response === "string" ? response : JSON.stringify(response), 1000), {
    toImage,
    ...options,
  });

/** Returns each image as its base64 or its URL. */
async function imagesOf(response: unknown): Promise<string[]> {
  const { images } = await read(response);
  return Promise.all(
    images.map(async (image) => image.url ?? Buffer.from(await image.bytes()).toString("base64")),
  );
}

async function failureOf(reading: Promise<unknown>): Promise<InvalidResponseError> {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InvalidResponseError);
  return error as InvalidResponseError; // as asserted
}

const chat = (content: unknown, more = {}) => ({
  id: "chatcmpl-1",
  choices: [{ index: 0, message: { role: "assistant", content, ...more } }],
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
});

describe("readJson", () => {
  it("preserves a text without a single period, however long", async () => {
    const prose = "a red hat on a very large dog ".repeat(400);
    const document = JSON.stringify({ data: [{ b64_json: pixel, revised_prompt: prose }] });
    const { images, rawBody } = await read(document);
    expect(images[0]?.given.revisedPrompt).toBe(prose);
    expect(Buffer.from((await rawBody?.()) ?? []).toString()).toBe(document);
    expect(await imagesOf(chat(`${prose} https://x.test/a.png`))).toEqual(["https://x.test/a.png"]);
  });

  it("never shows its placeholders where a text looks like base64", async () => {
    const run = "x".repeat(10_000);
    const { images } = await read({ data: [{ b64_json: pixel, revised_prompt: run }] });
    expect(images[0]?.given.revisedPrompt).toBe("[data]");
    const { message } = await failureOf(read({ error: { message: `${run} is not an image`, code: "bad" } }));
    expect(message).toContain('(bad): "[data] is not an image"');
  });

  it("reads the shape of images", async () => {
    const response = await read({
      created: 7,
      size: "1x1",
      quality: "high",
      background: "opaque",
      output_format: "png",
      data: [
        { b64_json: pixel, url: "", revised_prompt: "A hat" },
        { b64_json: "", url: "https://x.test/a", revised_prompt: "" },
      ],
      usage: { input_tokens: 3, output_tokens: 4 },
    });
    expect(response).toMatchObject({
      created: 7,
      size: "1x1",
      quality: "high",
      background: "opaque",
      outputFormat: "png",
      usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 },
      warnings: [],
    });
    expect(response.images.map(({ given }) => given)).toMatchObject([
      { info: { mediaType: "image/png", widthPx: 1, heightPx: 1 }, revisedPrompt: "A hat", url: undefined },
      { source: undefined, url: "https://x.test/a", revisedPrompt: undefined },
    ]);
  });

  it.each<[string, unknown, string[]]>([
    [
      "text with links",
      chat(`![a](https://x.test/a "t")\n[b](https://x.test/b.png)`),
      ["https://x.test/a", "https://x.test/b.png"],
    ],
    ["text with a long data URI", chat(`Done: ![a](data:image/png;base64,${large})!`), [large]],
    [
      "text with short ones",
      chat(`![a](data:image/png;base64,${pixel}) data:image/png;base64,AAAA`),
      [pixel, "AAAA"],
    ],
    [
      "parts",
      chat([
        { type: "text", text: "Hi https://x.test/a.png" },
        { type: "image_url", image_url: { url: `data:image/png;base64,${large}` } },
      ]),
      ["https://x.test/a.png", large],
    ],
    [
      "images next to a text",
      chat("Here you are.", {
        images: [{ type: "image_url", image_url: { url: `data:image/png;base64,${pixel}` } }],
      }),
      [pixel],
    ],
    [
      "the same image twice",
      chat("![a](https://x.test/a.png)", { images: [{ image_url: "https://x.test/a.png" }] }),
      ["https://x.test/a.png"],
    ],
    [
      "several choices",
      { choices: [...chat("https://x.test/1.png").choices, ...chat("https://x.test/2.png").choices] },
      ["https://x.test/1.png", "https://x.test/2.png"],
    ],
    ["a data URI for a URL", { data: [{ url: `data:image/png;base64,${large}` }] }, [large]],
    ["a data URI for base64", { data: [{ b64_json: `data:image/png;base64,${large}` }] }, [large]],
    ["data that is not an array", { data: { b64_json: pixel } }, [pixel]],
    [
      "a URL next to damaged base64",
      { data: [{ b64_json: "?", url: "https://x.test/a" }] },
      ["https://x.test/a"],
    ],
    ["a repeated key: the last wins", `{"data":[{"b64_json":"${large}","b64_json":"${pixel}"}]}`, [pixel]],
    ["a key in escapes", `{"data":[{"b64\\u005fjson":"${large}"}]}`, [large]],
    ["a byte order mark", `\ufeff{"data":[{"b64_json":"${pixel}"}]}`, [pixel]],
  ])("reads %s", async (_, response, expected) => {
    expect(await imagesOf(response)).toEqual(expected);
  });

  it.each<[string, unknown, string]>([
    ["nothing", "", "empty_response"],
    ["HTML", "<!doctype html><title>secret-marker</title>", "html_response"],
    ["text", "secret-marker", "not_json"],
    ["half a response", `{"data":[{"b64_json":"${large}"}`, "not_json"],
    ["more than a response", `{"data":[{"b64_json":"${large}"}]}x`, "not_json"],
    ["null", "null", "no_image"],
    ["an array", "[]", "no_image"],
    ["no image", { created: 1, data: [] }, "no_image"],
    ["empty strings", { data: [{ b64_json: "", url: "" }] }, "no_image"],
    ["a string", '"secret-marker"', "no_image"],
    ["strings instead of images", { data: ["secret-marker"] }, "no_image"],
    ["null fields", { data: [{ b64_json: null, url: null }, null] }, "no_image"],
    ["a chat without an image", chat("secret-marker"), "no_image"],
    ["invalid short base64", { data: [{ b64_json: "secret-marker!" }] }, "bad_base64"],
    ["invalid long base64", { data: [{ b64_json: `${large.slice(0, -9)}*${large}` }] }, "bad_base64"],
    ["base64 of an impossible length", { data: [{ b64_json: `${large}A` }] }, "bad_base64"],
    ["a data URI that is not base64", { data: [{ url: "data:image/svg+xml,secret-marker" }] }, "bad_base64"],
    [
      "an error with a code",
      { error: { message: "Blocked.", code: "moderation_blocked" } },
      "moderation_blocked",
    ],
    ["an error without a code", { error: { message: "Blocked.", code: null } }, "error_in_response"],
    ["an empty error", { error: {}, url: "https://x.test/help.png" }, "error_in_response"],
    ["brackets in brackets", "[".repeat(99_999), "unexpected_response"],
  ])("rejects %s as billed, and returns it from `rawBody`", async (_, response, code) => {
    const error = await failureOf(read(response, { requestId: "req_1", idempotencyKey: "key_1" }));
    expect(error).toMatchObject({ outcome: "unknown", code, requestId: "req_1", idempotencyKey: "key_1" });
    expect(error.message).not.toContain("secret-marker");
    expect(JSON.stringify(error)).not.toContain("secret-marker");
    const text = typeof response === "string" ? response : JSON.stringify(response);
    const raw = Buffer.from((await error.rawBody()) ?? []).toString();
    if (code === "unexpected_response") expect(text.startsWith(raw)).toBe(true);
    else expect(raw === text).toBe(true);
  });

  it("includes the server's message and finds the request ID in it", async () => {
    const response = {
      error: { message: "Quota is used up (request id: 20261123abc)", type: "new_api_error" },
    };
    const error = await failureOf(read(response));
    expect(error.message).toContain("Quota is used up");
    expect(error.requestId).toBe("20261123abc");
  });

  it("returns the images that were complete before a response was cut", async () => {
    const text = JSON.stringify({ data: [{ b64_json: large }, { b64_json: large }] });
    const error = await failureOf(read(text.slice(0, -9)));
    expect(error.images).toHaveLength(1);
    expect(Buffer.from((await error.images[0]?.bytes()) ?? []).toString("base64")).toBe(large);
  });

  it("returns what arrived before the connection was cut", async () => {
    const text = JSON.stringify({ data: [{ b64_json: large }, { b64_json: large }] }).slice(0, -9);
    const cause = new Error("cut");
    const failure = readJson(thenCut(text, cause), {
      toImage,
      onBodyFailure: (error, salvaged) =>
        new NetworkError("The connection was cut.", { outcome: "unknown", cause: error, ...salvaged }),
    });
    const error = await failure.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NetworkError);
    const { images, rawBody } = error as NetworkError; // as asserted
    expect(images).toHaveLength(1);
    expect(Buffer.from((await rawBody.call(error)) ?? []).toString()).toBe(text);
    await expect(readJson(thenCut(text, cause), { toImage })).rejects.toBe(cause);
  });

  it("stops at `maxAnswerBytes`", async () => {
    const text = JSON.stringify({ data: [{ b64_json: large }] });
    await expect(read(text, { maxAnswerBytes: text.length })).resolves.toMatchObject({ warnings: [] });
    const error = await failureOf(read(text, { maxAnswerBytes: text.length - 1 }));
    expect(error.code).toBe("response_too_large");
    expect(error.message).toContain("`maxAnswerBytes`");
  });

  it.each<[string, unknown, number, string[]]>([
    ["fewer images than requested", { data: [{ b64_json: pixel }] }, 3, ["fewer_images"]],
    [
      "a damaged image next to a valid one",
      { data: [{ b64_json: "?" }, { b64_json: pixel }] },
      2,
      ["bad_base64", "fewer_images"],
    ],
    ["bytes that are not an image", { data: [{ b64_json: "AAAA" }] }, 1, ["unrecognized_image"]],
    [
      "an error next to images",
      { error: { message: "Half of it failed.", code: "partial" }, data: [{ b64_json: pixel }] },
      1,
      ["partial"],
    ],
  ])("warns about %s", async (_, response, requested, codes) => {
    const { warnings, rawBody } = await read(response, { requested });
    expect(warnings.map(({ code }) => code)).toEqual(codes);
    expect(Buffer.from((await rawBody?.()) ?? []).toString()).toBe(JSON.stringify(response));
  });

  it("decodes what JSON.parse and Buffer decode, and rejects what they cannot", async () => {
    const alphabets = fc.constantFrom("base64" as const, "base64url" as const);
    const item = fc
      .record({
        byteLength: fc.constantFrom(0, 1, 2, 3, 100, 3071, 3072, 3073, 9000),
        alphabet: alphabets,
        lineLength: fc.constantFrom(0, 0, 64),
        padding: fc.constantFrom("", "=", "==", "==="),
        damage: fc.constantFrom("", "", "", "", "*", "=", "\\", "\u00e9", '"'),
        where: fc.double({ min: 0, max: 1, noNaN: true }),
      })
      .map(({ byteLength, alphabet, lineLength, padding, damage, where }) => {
        const plain = Buffer.alloc(byteLength, "some bytes?").toString(alphabet).replace(/=+$/, "") + padding;
        const lines = lineLength ? plain.replace(/(.{64})/g, "$1\r\n") : plain;
        const at = Math.floor(where * lines.length);
        return { b64_json: lines.slice(0, at) + damage + lines.slice(at) };
      });
    const reference = ({ b64_json }: { b64_json: string }): Buffer | undefined => {
      const text = b64_json.replace(/[ \t\r\n\f]/g, "");
      if (!/^[\w+/-]*={0,2}$/.test(text) || text.replace(/=+$/, "").length % 4 === 1) return undefined;
      return Buffer.from(text, "base64");
    };
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 3 }), fc.nat(), async (data, seed) => {
        const next = createRandom(seed);
        const text = escapeJson({ data }, next);
        const expected = data.map(reference).filter((bytes) => bytes?.length);
        const reading = readJson(
          inChunks(text, () => next() * 5000),
          { toImage },
        );
        if (expected.length === 0) return void (await failureOf(reading));
        const images = await Promise.all((await reading).images.map((image) => image.bytes()));
        expect(
          images.map((bytes) => Buffer.from(bytes).equals(expected.shift() ?? Buffer.of())),
        ).not.toContain(false);
        expect(expected).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("returns or throws a RetouchError for any input", async () => {
    const keys = fc.constantFrom(
      "data",
      "b64_json",
      "url",
      "error",
      "message",
      "choices",
      "content",
      "images",
      "image_url",
      "usage",
      "x",
    );
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { maxDepth: 5 },
        fc.oneof(
          fc.constantFrom("AAAA", "data:", "data:image/png;base64,", "https://x.png", "![](https://", ""),
          fc.string(),
          fc.integer(),
          fc.constant(null),
          fc.boolean(),
        ),
        fc.array(tie("json"), { maxLength: 3 }),
        fc.dictionary(keys, tie("json"), { maxKeys: 4 }),
      ),
    }));
    const text = fc.oneof(
      json.map((value) => JSON.stringify(value)),
      fc.string({ unit: "binary" }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          text.map((part) => Buffer.from(part)),
          fc.uint8Array(),
        ),
        async (bytes) => {
          const outcome = await readJson(inChunks(bytes, 3), { toImage }).catch((error: unknown) => error);
          if (isRetouchError(outcome))
            expect(Buffer.from((await outcome.rawBody()) ?? []).equals(bytes)).toBe(true);
          else expect(outcome).toHaveProperty("images");
        },
      ),
      { numRuns: 300 },
    );
  });
});
