import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InvalidResponseError } from "../../errors/errors.ts";
import type { DecodedImage } from "../../response/decode-images.ts";
import { createImageFileStore } from "../files/image-file-store.ts";
import { readResponseFile } from "./read-response-file.ts";
import { parseResponseFile } from "./read-stored-response.ts";

let tempDirectory = "";
beforeEach(async () => {
  tempDirectory = await mkdtemp(join(tmpdir(), "retouch-answer-"));
});
afterEach(() => rm(tempDirectory, { recursive: true, force: true }));

const toImage = ({ source }: DecodedImage) => ({
  path: source?.path,
  bytes: async () => new Uint8Array((await source?.slice(0, source.byteLength)) ?? []),
  blob: async () => new Blob(),
  dataUrl: async () => "",
});
const b64_json = Buffer.alloc(9000, "\0bytes").toString("base64");
const completed = `event: image_edit.completed\ndata: ${JSON.stringify({ b64_json })}\n\n`;

describe("readResponseFile", () => {
  it.each([
    ["JSON", JSON.stringify({ data: [{ b64_json }, { b64_json }] })],
    ["a stream", completed + completed],
  ])("reads %s, by its content", async (_, text) => {
    const path = join(tempDirectory, "answer");
    await writeFile(path, text);
    const inMemory = await parseResponseFile(path, { toImage });
    expect(await Promise.all(inMemory.images.map((image) => image.bytes()))).toEqual(
      [b64_json, b64_json].map((text) => new Uint8Array(Buffer.from(text, "base64"))),
    );
    const directory = join(tempDirectory, "images");
    const { images, rawBody } = await parseResponseFile(path, {
      toImage,
      store: createImageFileStore({ directory }),
    });
    expect(images.map((image) => image.path)).toEqual(
      ["edit-1.bin", "edit-2.bin"].map((name) => join(directory, name)),
    );
    expect(await readdir(directory)).toHaveLength(2);
    expect(Buffer.from((await rawBody?.()) ?? []).toString() === text).toBe(true);
  });

  it("quotes the response without the keys, the headers and the query that it repeats", async () => {
    const path = join(tempDirectory, "answer");
    const secrets = [
      "sk-first-0123456789",
      "sk-second-9876543210",
      "tenant-token-4711",
      "signature-0815-abc",
    ];
    await writeFile(
      path,
      JSON.stringify({ choices: [{ message: { content: `No: ${secrets.join(" ")}.` } }] }),
    );
    const [first = "", second = "", token = "", sig = ""] = secrets;
    const options = { apiKey: [first, second], headers: { "x-token": token }, query: { sig } };
    const error = await readResponseFile(path, options).catch((reason: unknown) => reason);
    expect((error as InvalidResponseError).message).toContain(
      "No: [redacted] [redacted] [redacted] [redacted]",
    );
  });

  it("rejects a file without an image, and returns the file's own bytes", async () => {
    const path = join(tempDirectory, "answer");
    await writeFile(path, "<html>");
    const error = await parseResponseFile(path, { toImage }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidResponseError);
    expect(Buffer.from((await (error as InvalidResponseError).rawBody()) ?? []).toString()).toBe("<html>");
  });
});
