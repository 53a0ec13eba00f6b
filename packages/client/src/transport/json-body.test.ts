import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ByteSource } from "../media/byte-source.ts";
import { encodeJson, type JsonValue, jsonText } from "./json-body.ts";

/** Returns a source whose chunks reuse one buffer, as those of files do. */
function sourceOf(bytes: Uint8Array, chunkBytes: number, byteLength = bytes.length): ByteSource {
  return {
    byteLength,
    slice: async (start, end) => bytes.slice(start, end),
    async *chunks() {
      const buffer = new Uint8Array(chunkBytes);
      for (let at = 0; at < bytes.length; at += chunkBytes) {
        const chunk = bytes.subarray(at, at + chunkBytes);
        buffer.set(chunk);
        yield buffer.subarray(0, chunk.length);
        buffer.fill(0xff);
      }
    },
  };
}

const fileOf = (source: ByteSource): JsonValue => ({
  field: "image",
  filename: "photo.png",
  mediaType: "image/png",
  source,
});

const wellFormed = (text: string) => Buffer.from(text).toString();

describe(encodeJson, () => {
  it("writes any fields and files as JSON of the announced length, again for a retry", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.string({ unit: "binary" }),
          fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.boolean()),
        ),
        fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 3 }),
        fc.integer({ min: 1, max: 20 }),
        async (fields, files, chunkBytes) => {
          const body = encodeJson(
            new Map<string, JsonValue>([
              ...Object.entries(fields).map(([name, value]) => [`f.${name}`, jsonText(value)] as const),
              ["images", files.map((bytes) => new Map([["image_url", fileOf(sourceOf(bytes, chunkBytes))]]))],
            ]),
          );
          for (const attempt of [1, 2]) {
            const chunks: Buffer[] = [];
            for await (const chunk of body.chunks()) chunks.push(Buffer.from(chunk));
            const text = Buffer.concat(chunks);
            expect(text.length, `attempt ${attempt}`).toBe(body.byteLength);
            expect(chunks.at(-1)?.toString()).toBe("}");
            const { images, ...rest } = JSON.parse(text.toString());
            expect(rest).toEqual(
              Object.fromEntries(
                Object.entries(fields).map(([name, value]) => [
                  wellFormed(`f.${name}`),
                  typeof value === "string" ? wellFormed(value) : value,
                ]),
              ),
            );
            expect(images.map((image: { image_url: string }) => image.image_url)).toEqual(
              files.map((bytes) => `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`),
            );
          }
        },
      ),
      { numRuns: 80 },
    );
  });

  it("closes the body only after every byte of every file", async () => {
    const body = encodeJson(new Map([["image", fileOf(sourceOf(new Uint8Array(10), 4, 11))]]));
    const sent: string[] = [];
    const reading = (async () => {
      for await (const chunk of body.chunks()) sent.push(Buffer.from(chunk).toString());
    })();
    await expect(reading).rejects.toThrow(
      "`image` (photo.png) changed while it was being sent: it now has 1 fewer bytes than its original 11.",
    );
    expect(sent.join("")).not.toContain("}");
  });

  it("reads a file no further than the body is read", async () => {
    const source = sourceOf(new Uint8Array(1_000), 100);
    let read = 0;
    const counted = {
      ...source,
      async *chunks() {
        for await (const chunk of source.chunks()) {
          read += chunk.length;
          yield chunk;
        }
      },
    };
    let sent = 0;
    for await (const chunk of encodeJson(new Map([["image", fileOf(counted)]])).chunks()) {
      sent += chunk.length;
      expect(read).toBeLessThanOrEqual((sent / 4) * 3 + 2);
    }
    expect(read).toBe(1_000);
  });

  it("writes a lone surrogate as U+FFFD, as a form does", () => {
    expect(jsonText("a\uD800b\uDC00")).toBe('"a\uFFFDb\uFFFD"');
    expect(jsonText("\u{1F3A9}")).toBe('"\u{1F3A9}"');
  });

  it("keeps names that objects treat specially, a byte order mark and line separators", async () => {
    const names = ["__proto__", "constructor", "\uFEFFbom", "a\u2028b"];
    const body = encodeJson(new Map(names.map((name) => [name, jsonText(name)])));
    const chunks: Uint8Array[] = [];
    for await (const chunk of body.chunks()) chunks.push(chunk);
    const parsed = JSON.parse(Buffer.concat(chunks).toString());
    expect(Object.keys(parsed)).toEqual(names);
    for (const name of names) expect(Object.getOwnPropertyDescriptor(parsed, name)?.value).toBe(name);
  });
});
