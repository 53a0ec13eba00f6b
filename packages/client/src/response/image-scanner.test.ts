import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom, escapeJson } from "../fixtures/escape-json.ts";
import { inChunks } from "../fixtures/in-chunks.ts";
import { createImageScanner, type ImageScanner, maxTextBytes } from "./image-scanner.ts";
import { type ImageStore, memoryStore } from "./image-store.ts";

const image = (byteLength: number, seed = 1) => {
  const next = createRandom(seed);
  return Buffer.from(Array.from({ length: byteLength }, () => next() * 256));
};

async function scan(
  document: string | Uint8Array,
  size: number | (() => number),
  store = memoryStore,
): Promise<ImageScanner> {
  const scanner = createImageScanner(store);
  for await (const chunk of inChunks(document, size)) if (scanner.push(chunk)) break;
  return scanner;
}

/** Returns the text with the images restored, so that only the encoding of base64 can differ. */
async function restore(scanner: ImageScanner): Promise<string> {
  let text = scanner.end();
  for (const [word, source] of scanner.images) {
    const bytes = await source.slice(0, source.byteLength);
    text = text.replace(word, Buffer.from(bytes).toString("base64").replaceAll("=", ""));
  }
  return text;
}

const parse = (text: string): unknown => {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return "refused";
  }
};

/** Returns each string with its base64 normalized: bits that are not part of a byte are ignored. */
const meaning = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    typeof part === "string" && part.length > 4000
      ? part
          .replace(/[\s=]/g, "")
          .replaceAll("-", "+")
          .replaceAll("_", "/")
          .replace(/[\w+/]+/g, (run) => Buffer.from(run, "base64").toString("hex"))
      : part,
  );

const base64 = fc
  .tuple(fc.constantFrom(0, 1, 2, 3, 40, 3070, 3071, 3072, 3073, 3074, 9001), fc.nat(), fc.nat(8))
  .map(([byteLength, seed, variant]) => {
    const text = image(byteLength, seed).toString("base64");
    if (variant === 1) return text.replaceAll("=", "");
    if (variant === 2) return text.replaceAll("+", "-").replaceAll("/", "_");
    if (variant === 3) return text.replace(/(.{76})/g, "$1\n");
    if (variant === 4) return `data:image/png;base64,${text}`;
    if (variant === 5) return `![a](data:image/png;base64,${text} "t") and data:image/webp;base64,${text}`;
    return text;
  });
const damaged = fc
  .tuple(
    base64,
    fc.constantFrom("*", "=", "\\", '"', "é", "\u0000", "~", "A"),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .map(([text, foreign, where]) => {
    const at = Math.floor(where * text.length);
    return `${text.slice(0, at)}${foreign}${text.slice(at)}`;
  });
const words = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom('"b64_json":"AAAA"', "b64_json", ";base64,", "\\"),
);
const leaf = fc.oneof(base64, damaged, words, fc.integer(), fc.constant(null), fc.boolean());
const document = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie("value"), { maxLength: 3 }), tie("object")),
  object: fc.dictionary(fc.oneof(fc.constantFrom("b64_json", "url", "data"), words), tie("value"), {
    maxKeys: 4,
  }),
})).value;

describe("createImageScanner", () => {
  it("leaves short strings exactly as they are", async () => {
    const text = JSON.stringify({ revised_prompt: "A red\that, a/b = c\n", b64_json: "Q Q=\n=" });
    expect((await scan(text, 3)).end()).toBe(text);
  });

  it("preserves what JSON.parse reads, for any document, escapes and chunks", async () => {
    await fc.assert(
      fc.asyncProperty(document, fc.nat(), fc.constantFrom(1, 5, 1000, 1e6), async (value, seed, size) => {
        const next = createRandom(seed);
        const text = escapeJson(value, next);
        const sizes = size === 5 ? () => next() * 2000 : size;
        const scanner = await scan(text, sizes);
        expect(meaning(parse(await restore(scanner)))).toEqual(meaning(parse(text)));
      }),
      { numRuns: 300 },
    );
  });

  it("decodes straight into an image's memory what it decodes into chunks of their own", async () => {
    const withoutReserve: ImageStore = {
      open: () => Object.defineProperty(memoryStore.open(), "reserve", { value: undefined }),
    };
    const long = image(260_000).toString("base64");
    // Around the ends of segments, windows and groups, in bytes of the image.
    const border = fc
      .tuple(
        fc.constantFrom(3072, 49_152, 65_536, 131_072, 196_608, 259_990),
        fc.integer({ min: -9, max: 9 }),
      )
      .map(([at, by]) => Math.floor((at * 4) / 3) + by);
    const foreign = fc.constantFrom("*", "=", "==", "\\n", "\\/", "\n", "-", "_", '"', "é", "\u0000", "");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(border, foreign), { minLength: 1, maxLength: 3 }),
        fc.constantFrom(0, -1, -2, -3, -90_001),
        fc.constantFrom(977, 16_384, 65_536, 1e6),
        async (changes, cut, size) => {
          let text = long;
          for (const [at, inserted] of changes) text = text.slice(0, at) + inserted + text.slice(at);
          const body = `{"data":[{"b64_json":"${text}"}]}`.slice(0, cut || undefined);
          const [direct, chunked] = [await scan(body, size), await scan(body, size, withoutReserve)];
          expect((await restore(direct)) === (await restore(chunked))).toBe(true);
          const [raw, expected] = [Buffer.concat(await direct.raw()), Buffer.concat(await chunked.raw())];
          expect(raw.equals(expected)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("leaves invalid documents invalid: cut, doubled or garbled ones", async () => {
    await fc.assert(
      fc.asyncProperty(
        document,
        fc.nat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom("", '"', "\\", "\n", "}", ",", "x", "\u0007"),
        async (value, seed, where, foreign) => {
          const next = createRandom(seed);
          const json = escapeJson(value, next);
          const at = Math.floor(where * json.length);
          const text = json.slice(0, at) + foreign + (foreign === "" ? "" : json.slice(at));
          const scanner = await scan(text, () => next() * 3000);
          expect(meaning(parse(await restore(scanner)))).toEqual(meaning(parse(text)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("returns the document as received, wherever it was cut", async () => {
    const json = JSON.stringify({
      a: "é\u2028",
      data: [{ b64_json: image(9000).toString("base64") }, { b64_json: image(5).toString("base64") }],
      content: `![x](data:image/png;base64,${image(4000).toString("base64")})`,
      unpadded: image(4000).toString("base64url"),
    })
      .replaceAll("-", "+")
      .replaceAll("_", "/");
    const whole = Buffer.from(json);
    for (let cut = whole.length; cut > 0; cut -= 613) {
      const scanner = await scan(whole.subarray(0, cut), 100);
      expect(Buffer.concat(await scanner.raw()).equals(whole.subarray(0, cut))).toBe(true);
    }
  });

  it("returns only complete images from `completeImages`", async () => {
    const text = JSON.stringify([image(9000).toString("base64"), image(9000, 2).toString("base64")]);
    const cut = await scan(text.slice(0, -3), 1000);
    expect(cut.completeImages()).toHaveLength(1);
    cut.end();
    expect(cut.completeImages()).toHaveLength(1);
    expect((await scan(text, 1000)).completeImages()).toHaveLength(2);
  });

  it("stops at deeply nested brackets, which a parser takes seconds to read", async () => {
    const scanner = createImageScanner(memoryStore);
    expect(scanner.push(Buffer.from("[".repeat(512)))).toBeUndefined();
    expect(scanner.push(Buffer.from("["))?.code).toBe("unexpected_response");
  });

  it("stops at more text than any response has", () => {
    const scanner = createImageScanner(memoryStore);
    const prose = Buffer.alloc(1_048_576, "a. ");
    expect(scanner.push(Buffer.from('"'))).toBeUndefined();
    let failure: { code: string } | undefined;
    let bytes = 0;
    for (; !failure && bytes < 2 * maxTextBytes; bytes += prose.length) failure = scanner.push(prose);
    expect(failure?.code).toBe("unexpected_response");
    expect(bytes).toBeLessThan(maxTextBytes + 2 * prose.length);
  });

  it("returns a small text for large images", async () => {
    const text = JSON.stringify({ data: [{ b64_json: image(300_000).toString("base64") }] });
    const scanner = await scan(text, 65_536);
    expect(scanner.end().length).toBeLessThan(64);
    expect([...scanner.images.values()].map((source) => source.byteLength)).toEqual([300_000]);
  });
});
