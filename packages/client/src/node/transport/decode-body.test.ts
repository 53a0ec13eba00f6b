import * as zlib from "node:zlib";
import {
  brotliCompressSync,
  constants,
  deflateRawSync,
  deflateSync,
  gzipSync,
  type InputType,
} from "node:zlib";
import { describe, expect, it } from "vitest";
import { inChunks, thenCut } from "../../fixtures/in-chunks.ts";
import { noise } from "../../fixtures/noise.ts";
import { codingsOf, decodeBody } from "./decode-body.ts";

const image = noise(300_000).toString("base64");
const json = Buffer.from(`{"created":1,"data":[{"b64_json":"${image}"}]}`);
const short = Buffer.from('{"data":[]}');
const events = Buffer.from(`data: {"type":"image_edit.completed","b64_json":"${image}"}\n\n`);
const { zstdCompressSync } = zlib as { zstdCompressSync?: (input: InputType) => Buffer };

interface Decoded {
  readonly bytes: Buffer;
  readonly error?: unknown;
}

async function decode(
  body: Uint8Array | AsyncGenerator<Uint8Array>,
  coding: string | undefined,
  chunkBytes = 16_384,
): Promise<Decoded> {
  const chunks = body instanceof Uint8Array ? inChunks(body, chunkBytes) : body;
  const seen: Uint8Array[] = [];
  try {
    for await (const chunk of decodeBody(chunks, codingsOf(coding))) seen.push(chunk.slice());
  } catch (error) {
    return { bytes: Buffer.concat(seen), error };
  }
  return { bytes: Buffer.concat(seen) };
}

describe(decodeBody, () => {
  it.each<[string, string | undefined, (input: Buffer) => Buffer]>([
    ["gzip", "gzip", (input) => gzipSync(input)],
    ["an unfinished gzip", "GZIP", (input) => gzipSync(input, { finishFlush: constants.Z_SYNC_FLUSH })],
    ["deflate", "deflate", (input) => deflateSync(input)],
    ["raw deflate", "deflate", (input) => deflateRawSync(input)],
    ["stored raw deflate", "deflate", (input) => deflateRawSync(input, { level: 0 })],
    ["brotli", "br", (input) => brotliCompressSync(input)],
    ["two codings", "deflate, gzip", (input) => gzipSync(deflateSync(input))],
    [
      "three codings",
      " gzip ,identity, br , deflate",
      (input) => deflateRawSync(brotliCompressSync(gzipSync(input))),
    ],
    ["one of two codings", "gzip, gzip", (input) => gzipSync(input)],
    ["the inner one of two codings", "br, gzip", (input) => brotliCompressSync(input)],
    ["none of two codings", "br, gzip", (input) => input],
    ["gzip labeled as deflate", "deflate", (input) => gzipSync(input)],
    ["gzip labeled as brotli", "br", (input) => gzipSync(input)],
    ["deflate labeled as gzip", "gzip", (input) => deflateSync(input)],
    ["no coding, labeled as gzip", "gzip", (input) => input],
    ["no coding, labeled as deflate", "deflate", (input) => input],
    ["no coding, labeled as brotli", "br", (input) => input],
    ["no coding, labeled as zstd", "zstd", (input) => input],
    ["gzip without a label", undefined, (input) => gzipSync(input)],
    ["gzip labeled as none", "identity", (input) => gzipSync(input)],
    ["no coding", undefined, (input) => input],
  ])("reads %s", async (_, coding, encode) => {
    for (const body of [
      json,
      short,
      events,
      Buffer.from(image, "base64url").fill("\x89PNG\r\n\x1a\n", 0, 8, "latin1"),
    ]) {
      const encoded = encode(body);
      for (const chunkBytes of [1e6, 16_384, 7])
        if (chunkBytes > 7 || body.length < 100) {
          const { bytes, error } = await decode(encoded, coding, chunkBytes);
          expect(error).toBeUndefined();
          expect(bytes.equals(body)).toBe(true);
        }
    }
  });

  it.runIf(zstdCompressSync)("reads zstd where Node can", async () => {
    const { bytes } = await decode(zstdCompressSync?.(json) ?? json, "zstd");
    expect(bytes.equals(json)).toBe(true);
  });

  const garbage = Buffer.concat([Buffer.of(0xff, 0xfe, 0xfd), noise(99_999)]);
  it.each<[string, string, Buffer]>([
    ["gzip that is none", "gzip", garbage],
    ["deflate that is none", "deflate", garbage],
    ["brotli that is none", "br", garbage],
    ["zstd that is none", "zstd", garbage],
    ["a gzip that is broken at its beginning", "gzip", spoil(gzipSync(json), 12, 600)],
    ["the inner one of two codings that is broken", "br, gzip", gzipSync(garbage)],
    ["a gzip with a wrong checksum", "gzip", spoil(gzipSync(short), -8)],
    ["three bytes of gzip", "gzip", gzipSync(json).subarray(0, 3)],
  ])("yields %s as it came, then throws", async (_, coding, body) => {
    const { bytes, error } = await decode(body, coding);
    expect(bytes.equals(body)).toBe(true);
    expect(error).toMatchObject({ code: expect.stringMatching(/^(Z_|ZSTD_|ERR_)/) });
  });

  it.each([["snappy"], ["gzip, snappy"], ["gzip, gzip, gzip, gzip, gzip"]])(
    "yields the unknown coding %s as it came",
    async (coding) => {
      expect(await decode(garbage, coding)).toEqual({ bytes: garbage });
    },
  );

  it("yields what could be decoded, then the rest as it came", async () => {
    const encoded = gzipSync(json);
    const body = spoil(encoded, 150_000, 60_000);
    const { bytes, error } = await decode(body, "gzip");
    expect(error).toBeDefined();
    expect(bytes.subarray(0, 100_000).equals(json.subarray(0, 100_000))).toBe(true);
    expect(bytes.subarray(-50_000).equals(body.subarray(-50_000))).toBe(true);
  });

  it("yields what came before a cut, decoded or as it came", async () => {
    const cut = new Error("cut");
    const half = gzipSync(json).subarray(0, 100_000);
    const decoded = await decode(thenCut(half, cut), "gzip");
    expect(decoded.error).toBe(cut);
    expect(decoded.bytes.length).toBeGreaterThan(90_000);
    expect(decoded.bytes.equals(json.subarray(0, decoded.bytes.length))).toBe(true);
    const encoded = await decode(thenCut(gzipSync(json).subarray(0, 5), cut), "gzip");
    expect(encoded).toEqual({ bytes: gzipSync(json).subarray(0, 5), error: cut });
  });

  it("stops at a body that expands without end", async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000, "A"));
    let decodedBytes = 0;
    const read = async (): Promise<void> => {
      for await (const chunk of decodeBody(inChunks(bomb, 16_384), ["gzip"])) decodedBytes += chunk.length;
    };
    await expect(read()).rejects.toMatchObject({ code: "ERR_COMPRESSION_RATIO" });
    expect(decodedBytes).toBeLessThan(70_000_000);
  });

  it("does not wait for more before it yields the beginning of an event", async () => {
    const body = (async function* () {
      yield Buffer.from(":");
      await new Promise(() => undefined);
    })();
    const reading = decodeBody(body, []);
    expect((await reading.next()).value).toEqual(Buffer.from(":"));
  });
});

/** Returns a copy with other bytes from an index on, counted from the end if it is negative. */
function spoil(bytes: Buffer, at: number, length = 1): Buffer {
  const copy = Buffer.from(bytes);
  const start = at < 0 ? bytes.length + at : at;
  for (let index = start; index < start + length; index++) copy[index] = 0xff ^ (copy[index] ?? 0);
  return copy;
}
