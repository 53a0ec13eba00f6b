import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRetouchError } from "../errors/errors.ts";
import { createRandom, escapeJson } from "../fixtures/escape-json.ts";
import { inChunks } from "../fixtures/in-chunks.ts";
import {
  base64Of,
  chat,
  failureOf,
  imagesOf,
  large,
  link,
  pixel,
  read,
  toImage,
} from "../fixtures/response-samples.ts";
import { readJson, readSmallJson } from "./read-json.ts";

/** Returns what a caller gets of a response, read by `reading`. */
const seenOf = (reading: Promise<unknown>) =>
  reading.then(
    async (result) => {
      const { images, rawBody, warnings } = result as Awaited<ReturnType<typeof read>>;
      const bytes = await Promise.all(images.map((image) => image.bytes()));
      return {
        images: bytes.map((one) => Buffer.from(one).toString("base64")),
        raw: await textOf(rawBody),
        warnings,
      };
    },
    async (error) => ({
      code: error.code,
      images: error.images?.length,
      raw: await textOf(() => error.rawBody()),
    }),
  );

const textOf = async (rawBody?: () => Promise<Uint8Array>) =>
  Buffer.from((await rawBody?.()) ?? []).toString();

describe(readSmallJson, () => {
  const image = { data: [{ b64_json: pixel }] };
  it.each<[string, string | Uint8Array]>([
    ["an image", JSON.stringify(image)],
    ["an image that is extracted", JSON.stringify({ data: [{ b64_json: large }] })],
    ["an image in another alphabet", JSON.stringify(image).replaceAll("/", "_").replaceAll("+", "-")],
    ["no image", "{}"],
    ["an explanation", '{"error":{"message":"no"}}'],
    ["what breaks off", JSON.stringify(image).slice(0, -1)],
    ["as many brackets as are read", `${"[".repeat(512)}${"]".repeat(512)}`],
    ["more brackets than are read", `${"[".repeat(513)}${"]".repeat(513)}`],
    ["brackets in a text", JSON.stringify({ ...image, text: "[".repeat(600) })],
    ["bytes that are not UTF-8", Buffer.from(`{"a":"\xff","data":[{"b64_json":"${pixel}"}]}`, "latin1")],
  ])("reads %s as `readJson` does", async (_, document) => {
    const bytes = Buffer.from(document as string);
    const small = await seenOf(readSmallJson(bytes, { toImage }));
    expect(small).toEqual(await seenOf(readJson(inChunks(bytes, 100), { toImage })));
  });
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
    ["a task", { code: 200, data: [{ status: "submitted", task_id: "task_1" }] }, "task_pending"],
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
