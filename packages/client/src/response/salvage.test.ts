import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NetworkError } from "../errors/errors.ts";
import { inChunks, thenCut } from "../fixtures/in-chunks.ts";
import { failureOf, jpeg, large, link, pixel, read, toImage } from "../fixtures/response-samples.ts";
import { readJson } from "./read-json.ts";

describe("salvageImages", () => {
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
});
