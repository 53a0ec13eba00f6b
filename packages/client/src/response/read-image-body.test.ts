import { describe, expect, it } from "vitest";
import { NetworkError } from "../errors/errors.ts";
import { inChunks, thenCut } from "../fixtures/in-chunks.ts";
import { failureOf, gif, large, link, pixel, read, svg, toImage } from "../fixtures/response-samples.ts";
import { readJson } from "./read-json.ts";

describe("readImageBody", () => {
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
});
