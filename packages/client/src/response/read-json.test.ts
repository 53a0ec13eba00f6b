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

const base64Of = (text: string): string => Buffer.from(text).toString("base64");
const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"/>';
const gif = Buffer.from(
  "GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;",
  "latin1",
);
const link = "https://x.test/a.png";
const jpeg = Buffer.from("ffd8ffe000104a46494600010101004800480000ffdb0043", "hex").toString("base64");

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
    const response = await read(
      {
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
      },
      { requested: 2 },
    );
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
    ["base64 in a list", { images: [pixel, large] }, [pixel, large]],
    ["base64 in `data`", { data: [large, pixel] }, [large, pixel]],
    ["base64 for a URL", { data: [{ url: large }, { url: pixel }] }, [large, pixel]],
    ["base64 for a nested URL", { data: [{ image_url: { url: large } }] }, [large]],
    ["a URL for base64", { data: [{ b64_json: link }] }, [link]],
    ["a relative URL for base64", { data: [{ b64_json: "/files/a.png" }] }, ["/files/a.png"]],
    [
      "a relative URL",
      { data: [{ url: "/files/1" }, { url: "files/2" }, { url: "./3" }] },
      ["/files/1", "files/2", "./3"],
    ],
    [
      "relative URLs in a list",
      { images: ["/files/1", "files/2.webp?x=1"] },
      ["/files/1", "files/2.webp?x=1"],
    ],
    ["several URLs of an item", { data: [{ url: [link, "https://x.test/b"] }] }, [link, "https://x.test/b"]],
    ["a JPEG, whose base64 begins like a path", { data: [{ url: jpeg }, jpeg] }, [jpeg, jpeg]],
    ["base64 in lines", { images: [pixel.replace(/.{20}/g, "$&\n")] }, [pixel]],
    ["the text of an SVG", { data: [{ b64_json: svg }] }, [base64Of(svg)]],
    [
      "an SVG in a data URI",
      { data: [{ url: `data:image/svg+xml,${encodeURIComponent(svg)}` }] },
      [base64Of(svg)],
    ],
    ["base64 as the message of a chat", chat(large), [large]],
    ["`data.data`", { data: { data: [{ url: link }, { b64_json: pixel }] } }, [link, pixel]],
    ["`data.images`", { code: 0, data: { images: [large, pixel] } }, [large, pixel]],
    [
      "`result.images[].url[]`",
      { result: { images: [{ url: [link] }, { url: ["https://x.test/b"] }] } },
      [link, "https://x.test/b"],
    ],
    [
      "`data.result.images[].url[]`",
      { data: { status: "completed", id: "task_1", result: { images: [{ url: [link] }] } } },
      [link],
    ],
    [
      "an image object",
      { image: { url: "https://x.test/a" }, docs: "https://x.test/help.png" },
      ["https://x.test/a"],
    ],
    ["an image object with base64", { image: { b64: pixel, url: "" } }, [pixel]],
    [
      "a list of URLs of any name",
      { output: ["https://x.test/a", "https://x.test/b"] },
      ["https://x.test/a", "https://x.test/b"],
    ],
    [
      "an output",
      { input: { image: "https://x.test/in.png" }, output: link, urls: { get: "https://x.test/1" } },
      [link],
    ],
    ["`message.data[]`", { message: { data: [{ url: link }] } }, [link]],
    [
      "`choices[].message.data[]`",
      { choices: [{ message: { content: "Here.", data: [{ url: link }] } }] },
      [link],
    ],
    [
      "items with a type",
      { output: [{ type: "reasoning" }, { type: "image_generation_call", result: large }] },
      [large],
    ],
    [
      "parts with inline data",
      { candidates: [{ content: { parts: [{ inlineData: { mimeType: "image/png", data: pixel } }] } }] },
      [pixel],
    ],
    [
      "predictions",
      { predictions: [{ bytesBase64Encoded: pixel }, { bytesBase64Encoded: large }] },
      [pixel, large],
    ],
    [
      "an object with numbers as names",
      { results: { 0: { url: link }, 1: { url: "https://x.test/b" } } },
      [link, "https://x.test/b"],
    ],
    ["the same result twice", { url: link, output: { url: link } }, [link]],
    ["an image beside its preview", { result: { b64: pixel, thumbnail: base64Of("GIF89a") } }, [pixel]],
    ["a URL with a space", { data: [{ url: "https://x.test/a b" }] }, ["https://x.test/a b"]],
    ["JSON in a text", { data: JSON.stringify({ images: [{ url: link }] }) }, [link]],
    ["a list of URLs alone", [link, "https://x.test/b.png"], [link, "https://x.test/b.png"]],
    ["a text alone", JSON.stringify(large), [large]],
    ["base64 outside of JSON", `${large}\n`, [large]],
    ["a data URI outside of JSON", `data:image/png;base64,${pixel}`, [pixel]],
    ["a URL outside of JSON", `\n${link}`, [link]],
    ["base64 of another name", { data: [{ image_base64: pixel }, { image_base64: large }] }, [pixel, large]],
    ["`data` that is a text", { data: link }, [link]],
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
    ["text that is a link to a page", "https://x.test/secret-marker", "not_json"],
    ["half a response", `{"data":[{"b64_json":"${large}"}`, "not_json"],
    ["more than a response", `{"data":[{"b64_json":"${large}"}]}x`, "not_json"],
    ["null", "null", "no_image"],
    ["an array", "[]", "no_image"],
    ["no image", { created: 1, data: [] }, "no_image"],
    ["empty strings", { data: [{ b64_json: "", url: "" }] }, "no_image"],
    ["a string", '"secret-marker"', "no_image"],
    ["strings instead of images", { data: ["secret-marker"] }, "no_image"],
    ["null fields", { data: [{ b64_json: null, url: null }, null] }, "no_image"],
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
    [
      "a page in base64",
      { data: [{ b64_json: base64Of("<html>secret-marker</html>") }] },
      "result_not_image",
    ],
    [
      "a long page in base64",
      { data: [{ url: base64Of(`<html>${"secret-marker ".repeat(999)}`) }] },
      "result_not_image",
    ],
    ["XML in base64", { data: [{ b64_json: base64Of("<?xml version='1.0'?><svgs/>") }] }, "result_not_image"],
    ["JSON in base64", { images: [base64Of('{"error":"secret-marker"}'.repeat(999))] }, "result_not_image"],
    ["text in base64", { data: [{ b64_json: base64Of("Désolé, secret-marker") }] }, "result_not_image"],
    ["a task", { code: 200, data: [{ status: "submitted", task_id: "task_1" }] }, "no_image"],
    ["two results", { a: { url: "https://x.test/1" }, b: { url: "https://x.test/2" } }, "ambiguous_response"],
    ["moderation", { data: [{ url: "", respect_moderation: false }] }, "image_withheld"],
    ["a message with a code of its own", { code: 50_001, message: "No." }, "50001"],
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

  it.each<[string, unknown, string[]]>([
    [
      "links",
      { a: { url: "https://x.test/1" }, b: [{ href: "https://x.test/2" }] },
      ["`a.url`", "`b[0].href`"],
    ],
    [
      "task ids",
      { code: 200, data: [{ status: "submitted", task_id: "task_1", status_url: link }] },
      ["`data[0].task_id`", "`data[0].status_url`"],
    ],
    ["an id of a task", { data: { id: "task_01K", status: "pending" } }, ["`data.id`"]],
    [
      "links of a task that is pending",
      { id: "pred_1", status: "IN_QUEUE", url: "https://x.test/1" },
      ["`id`", "`url`"],
    ],
    [
      "base64",
      { signature: base64Of("\0".repeat(9000)), other: { blob: base64Of("\0".repeat(300)) } },
      ["`signature`", "`other.blob`"],
    ],
    ["two images", { front: { b64: pixel }, back: { b64: large } }, ["`front.b64`", "`back.b64`"]],
    ["only an input", { input_image: large, source: { url: link } }, ["`input_image`", "`source.url`"]],
    [
      "keys that are not words",
      { "a\u001b[31m": { url: link }, b: { url: link.replace("a", "b") } },
      ["`*.url`", "`b.url`"],
    ],
  ])("says where it saw %s in a response without a clear result", async (_, response, paths) => {
    const { message } = await failureOf(read(response));
    for (const path of paths) expect(message).toContain(path);
    expect(message).not.toContain("x.test");
  });

  it("keeps the images of which one may be the result", async () => {
    const { images } = await failureOf(read({ front: { b64: pixel }, back: { b64: large } }));
    expect(
      await Promise.all(images.map(async (image) => Buffer.from(await image.bytes()).toString("base64"))),
    ).toEqual([pixel, large]);
    expect((await failureOf(read({ input_image: large }))).images).toEqual([]);
  });

  it.each<[string, unknown]>([
    ["a chat's message", chat("I cannot draw that.")],
    ["parts of a chat's message", chat([{ type: "text", text: "I cannot draw that." }])],
    ["a chat's refusal", chat(null, { refusal: "I cannot draw that." })],
    ["a message of any code", { code: null, message: "I cannot draw that.", data: null }],
    ["a message in an object", { code: 7, message: { text: "I cannot draw that." } }],
    ["a message in a list", { message: ["I cannot draw that."] }],
    ["a nested message", { data: { fail_reason: "I cannot draw that." } }],
    ["an output", { output: [{ content: [{ type: "refusal", refusal: "I cannot draw that." }] }] }],
    ["a message beside moderation", { respect_moderation: false, message: "I cannot draw that." }],
  ])("reports %s", async (_, response) => {
    const error = await failureOf(read(response));
    expect(error.message).toContain('"I cannot draw that."');
    expect(error.outcome).toBe("unknown");
  });

  it("redacts and cuts what it reports", async () => {
    const redact = (text: string) => text.replace("sk-test", "[redacted]");
    const { message } = await failureOf(
      read(chat(`No, sk-test.\n\u001b[31m See https://x.test/p ${"word ".repeat(999)}`), { redact }),
    );
    expect(message).toMatch(/it says: "No, \[redacted\]\. See \[url\] word .*…"/);
    expect(message.length).toBeLessThan(600);
  });

  it("does not take `success` for a reason", async () => {
    expect((await failureOf(read({ code: 0, message: "success", data: [] }))).message).toMatch(
      /^The response contains no image\./,
    );
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

  it.each<[string, string, string[]]>([
    ["short base64", `{"data":[{"b64_json":"${pixel}"},{"b64_json":"${pixel.slice(0, 40)}`, [pixel]],
    ["base64 in a list", `{"images":["${large}","${pixel}"], oops`, [large, pixel]],
    ["base64 with escapes", `{"data":[{"url":"${jpeg.replaceAll("/", "\\/")}"},`, [jpeg]],
    [
      "a data URI in prose",
      `{"choices":[{"message":{"content":"![a](data:image/png;base64,${large}) \\"b\\""}},`,
      [large],
    ],
    ["a URL", `{"data":[{"url":"${link}","x":"https://x.test/help"}`, [link]],
    ["two documents", `{"data":[{"b64_json":"${large}"}]}{"data":[]}`, [large]],
    ["no sent image", `{"input_image":"${large}","mask":"${pixel}","data":[`, []],
    ["no half image", `{"data":[{"b64_json":"${large.slice(0, 9000)}`, []],
  ])("rescues %s of a broken response", async (_, text, expected) => {
    const error = await failureOf(read(text));
    const found = error.images.map(
      async (image) => image.url ?? Buffer.from(await image.bytes()).toString("base64"),
    );
    expect(await Promise.all(found)).toEqual(expected);
    expect(Buffer.from((await error.rawBody()) ?? []).toString()).toBe(text);
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

  it("finds one image in any wrapper, and only that", async () => {
    const key = fc.constantFrom(
      "data",
      "result",
      "output",
      "images",
      "payload",
      "response",
      "x1",
      "content",
      "item",
    );
    const path = fc.array(fc.oneof(key, fc.constant(0)), { minLength: 1, maxLength: 6 });
    const noise = fc.record({
      created: fc.nat(),
      status: fc.constantFrom("succeeded", "completed", "ok"),
      note: fc.constantFrom("Here you are.", "1.0", "a/b", "", null),
      task_id: fc.stringMatching(/^[a-f\d]{32}$/),
      input: fc.record({ image: fc.constant(jpeg), url: fc.constant("https://x.test/in.png") }),
    });
    const leaf = fc.constantFrom(
      pixel,
      large,
      link,
      { url: link },
      { url: [link] },
      { b64_json: large },
      { image: pixel },
    );
    await fc.assert(
      fc.asyncProperty(path, leaf, noise, async (parts, value, beside) => {
        const wrapped = parts.reduceRight<unknown>(
          (inner, part) => (part === 0 ? [inner] : { [part]: inner }),
          value,
        );
        const response = Array.isArray(wrapped) ? wrapped : { ...beside, ...(wrapped as object) };
        // A link is a result by its extension, wherever it is.
        const text = typeof value === "string" ? value : String(Object.values(value)[0]);
        expect(await imagesOf(response)).toEqual([text]);
      }),
      { numRuns: 300 },
    );
  });

  it("rescues exactly the images whose end has arrived, wherever a response breaks off", async () => {
    const text = JSON.stringify({
      created: 1,
      data: [{ b64_json: large }, { b64_json: pixel }, { url: jpeg }],
    });
    const ends = [large, pixel, jpeg].map((base64) => text.indexOf(base64) + base64.length + 1);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: text.length - 1 }),
        fc.integer({ min: 1, max: 9000 }),
        async (cut, size) => {
          const reading = readJson(inChunks(text.slice(0, cut), size), { toImage });
          const { images } = await failureOf(reading);
          expect(images).toHaveLength(ends.filter((end) => end <= cut).length);
        },
      ),
      { numRuns: 200 },
    );
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
    ["more images than requested", { data: [{ b64_json: pixel }, { url: link }] }, 1, ["more_images"]],
    [
      "text instead of one image",
      { data: [{ b64_json: base64Of("{}") }, { url: link }] },
      1,
      ["result_not_image"],
    ],
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

  it("says how many images were requested and how many arrived", async () => {
    const { warnings } = await read({ data: [{ b64_json: pixel }] }, { requested: 4 });
    expect(warnings[0]?.message).toMatch(/\b4\b.*\b1\b/);
  });

  it.each<[string, Buffer, string | undefined]>([
    ["a PNG", Buffer.from(large, "base64"), undefined],
    ["a small PNG", Buffer.from(pixel, "base64"), "image/png"],
    ["a GIF", gif, "application/octet-stream"],
    ["an SVG", Buffer.from(`<?xml version="1.0"?>\n<!--${"-x".repeat(999)}-->${svg}`), "text/plain"],
    ["an unknown format of an image's type", Buffer.from("\0\0\0\x0cjP  \r\n\x87\n", "latin1"), "image/jp2"],
  ])("reads %s that is the body itself, in chunks of any size", async (_, bytes, contentType) => {
    for (const size of [1, 7, 1000, 100_000]) {
      const { images, rawBody } = await readJson(inChunks(bytes, size), { toImage, contentType });
      expect(images).toHaveLength(1);
      expect(Buffer.from((await images[0]?.bytes()) ?? []).equals(bytes)).toBe(true);
      expect(Buffer.from((await rawBody?.()) ?? []).equals(bytes)).toBe(true);
    }
  });

  it("reads JSON and pages of an image's type as what they are", async () => {
    const contentType = "image/png";
    expect((await read({ data: [{ url: link }] }, { contentType })).images).toHaveLength(1);
    expect((await failureOf(read("<html>", { contentType }))).code).toBe("html_response");
    expect((await failureOf(read("not found", { contentType }))).code).toBe("not_json");
    expect((await failureOf(read("", { contentType }))).code).toBe("empty_response");
  });

  it("returns what arrived of a body that is an image and was cut, and the image if it is complete", async () => {
    const cause = new Error("cut");
    for (const [bytes, count] of [
      [gif, 1],
      [gif.subarray(0, -1), 0],
    ] as const) {
      const failure = readJson(thenCut(bytes, cause), {
        toImage,
        onBodyFailure: (error, salvaged) =>
          new NetworkError("Cut.", { outcome: "unknown", cause: error, ...salvaged }),
      });
      const error = (await failure.catch((reason: unknown) => reason)) as NetworkError; // as thrown
      expect(error.images).toHaveLength(count);
      expect(Buffer.from((await error.rawBody()) ?? []).equals(bytes)).toBe(true);
    }
  });

  it("stops a body that is an image at `maxAnswerBytes`", async () => {
    const error = await failureOf(readJson(inChunks(gif, 9), { toImage, maxAnswerBytes: 20 }));
    expect(error.code).toBe("response_too_large");
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
        const plain =
          Buffer.alloc(byteLength, "\0some bytes?").toString(alphabet).replace(/=+$/, "") + padding;
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
