import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isInvalidInputError } from "../errors/errors.ts";
import { readWithBusboy, readWithFormidable } from "../fixtures/read-form.ts";
import { type ByteSource, maxChunkBytes, openByteSource } from "../media/byte-source.ts";
import { encodeMultipart, type Part } from "./multipart.ts";
import type { RequestBody } from "./request-body.ts";

async function chunksOf(body: RequestBody): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of body.chunks()) chunks.push(Buffer.from(chunk));
  return chunks;
}

const textOf = async (body: RequestBody): Promise<string> => Buffer.concat(await chunksOf(body)).toString();

const file = (name: string, bytes: Uint8Array<ArrayBuffer>, filename = "cat.png"): Part => ({
  name,
  filename,
  mediaType: "image/png",
  source: openByteSource(bytes),
});

const bytes = new Uint8Array([1, 2, 3]);

describe(encodeMultipart, () => {
  it("writes the form byte for byte as RFC 7578 specifies", async () => {
    const image = file("image", new Uint8Array(Buffer.from("PIXELS")));
    const body = encodeMultipart(
      [{ name: "prompt", value: "A hat" }, { name: "n", value: "2" }, image],
      "edge",
    );
    expect(body.contentType).toBe("multipart/form-data; boundary=edge");
    expect(await textOf(body)).toBe(
      [
        "--edge",
        'Content-Disposition: form-data; name="prompt"',
        "",
        "A hat",
        "--edge",
        'Content-Disposition: form-data; name="n"',
        "",
        "2",
        "--edge",
        'Content-Disposition: form-data; name="image"; filename="cat.png"',
        "Content-Type: image/png",
        "",
        "PIXELS",
        "--edge--",
        "",
      ].join("\r\n"),
    );
  });

  it("knows its length before a byte is read", () => {
    const unread: ByteSource = {
      byteLength: 7_000_000_000,
      slice: () => Promise.reject(new Error("read")),
      chunks: () => {
        throw new Error("read");
      },
    };
    const part = { name: "image", filename: "a.png", mediaType: "image/png", source: unread };
    const empty = encodeMultipart([{ ...part, source: openByteSource(new Uint8Array(0)) }], "edge");
    expect(encodeMultipart([part], "edge").byteLength).toBe(7_000_000_000 + empty.byteLength);
  });

  const forms: [string, Part[]][] = [
    [
      "text and files",
      [{ name: "prompt", value: "hat" }, file("image[]", bytes), file("image[]", bytes), file("mask", bytes)],
    ],
    ["only files", [file("image", bytes)]],
    ["text after a file", [file("image", bytes), { name: "prompt", value: "hat" }]],
    ["an empty file", [file("image", new Uint8Array(0))]],
    ["an empty value", [{ name: "user", value: "" }]],
  ];
  it.each(forms)("yields the closing boundary of %s as a separate last chunk", async (_, parts) => {
    const body = encodeMultipart(parts, "edge");
    const chunks = await chunksOf(body);
    expect(chunks.at(-1)?.toString()).toBe("\r\n--edge--\r\n");
    expect(Buffer.concat(chunks.slice(0, -1)).includes("--edge--")).toBe(false);
    expect(Buffer.concat(chunks)).toHaveLength(body.byteLength);
    expect(Buffer.from((await body.blob()?.arrayBuffer()) ?? new ArrayBuffer(0))).toEqual(
      Buffer.concat(chunks),
    );
    expect(await readWithBusboy(body)).toHaveLength(parts.length);
  });

  it.each<[string, number, number[]]>([
    ["a small form in one chunk before its boundary", 60_000, [60_157]],
    ["a large form in its parts, without copies", 70_000, [157, 70_000]],
  ])("yields %s", async (_, imageBytes, lengths) => {
    const body = encodeMultipart(
      [{ name: "prompt", value: "hat" }, file("image", new Uint8Array(imageBytes))],
      "e",
    );
    expect((await chunksOf(body)).map(({ length }) => length)).toEqual([...lengths, 9]);
  });

  it("yields the same bytes for a retry, and after a reader that stopped early", async () => {
    const body = encodeMultipart([
      { name: "prompt", value: "hat" },
      file("image", new Uint8Array(3 * maxChunkBytes).fill(7)),
    ]);
    for await (const chunk of body.chunks()) if (chunk.length === maxChunkBytes) break;
    const first = Buffer.concat(await chunksOf(body));
    expect(Buffer.concat(await chunksOf(body)).equals(first)).toBe(true);
  });

  it("does not copy images", async () => {
    const big = new Uint8Array(2 * maxChunkBytes);
    const buffers: unknown[] = [];
    for await (const chunk of encodeMultipart([file("image", big)]).chunks()) buffers.push(chunk.buffer);
    expect(buffers.filter((buffer) => buffer === big.buffer)).toHaveLength(2);
  });

  it("creates a new unguessable boundary for every form", () => {
    const boundaries = Array.from({ length: 50 }, () => encodeMultipart([]).contentType);
    expect(new Set(boundaries).size).toBe(50);
    for (const boundary of boundaries)
      expect(boundary).toMatch(/^multipart\/form-data; boundary=retouch-[0-9a-f]{32}$/);
  });

  it("has no blob when a source has none", () => {
    const { blob, view: _inMemory, ...source } = openByteSource(bytes);
    expect(blob).toBeDefined();
    const part: Part = { name: "image", filename: "a.png", mediaType: "image/png", source };
    expect(encodeMultipart([part]).blob()).toBeUndefined();
  });

  it("escapes characters that would end a name", async () => {
    const body = encodeMultipart([file('a"\r\nX-Evil: 1', bytes, 'b"; filename="c\n.png')], "edge");
    expect((await textOf(body)).split("\r\n").slice(1, 3)).toEqual([
      'Content-Disposition: form-data; name="a%22%0D%0AX-Evil: 1"; filename="b%22; filename=%22c%0A.png"',
      "Content-Type: image/png",
    ]);
  });

  it("converts a lone surrogate to U+FFFD, as `FormData` does", async () => {
    const body = encodeMultipart([{ name: "prompt", value: "a\ud800b" }], "edge");
    expect(await textOf(body)).toContain("a\ufffdb");
  });

  it.each([
    [
      "fewer",
      10,
      2,
      "`image` (a.png) changed while it was being sent: it now has 8 fewer bytes than its original 10",
    ],
    ["more", 2, 500, "it now has more bytes than its original 2"],
    ["zero instead of three", 3, 0, "it now has 3 fewer bytes"],
  ])(
    "throws before the closing boundary when the length of a file changes: %s bytes",
    async (_, promised, available, message) => {
      const source: ByteSource = {
        ...openByteSource(new Uint8Array(promised)),
        view: () => undefined,
        async *chunks() {
          for (let i = 0; i < available; i += 1) yield new Uint8Array(1);
        },
      };
      const part: Part = { name: "image", filename: "a.png", mediaType: "image/png", source };
      const sent: Uint8Array[] = [];
      const body = encodeMultipart([part], "edge");
      const sending = (async () => {
        for await (const chunk of body.chunks()) sent.push(chunk);
      })();
      await expect(sending).rejects.toThrow(message);
      await expect(sending).rejects.toSatisfy(isInvalidInputError);
      expect(Buffer.concat(sent).length).toBeLessThan(body.byteLength);
      expect(Buffer.concat(sent).includes("--edge--")).toBe(false);
    },
  );
});

describe("third-party parsers", () => {
  const boundaryLike = fc.constantFrom(
    "\r\n--retouch-",
    "\r\n--retouch---\r\n",
    `\r\n--retouch-${"0".repeat(32)}`,
    "--retouch-",
    "\r\n",
    "\n",
    '"',
    "%22",
    "\0",
    "Content-Type: text/html\r\n\r\n",
  );
  const prompt = fc
    .array(fc.oneof(boundaryLike, fc.string({ unit: "binary", maxLength: 20 })), { maxLength: 6 })
    .map((words) => words.join(""));
  // Both parsers trim and unescape names, so names are those of the spec or any identifier.
  const name = fc.oneof(
    fc.constantFrom("prompt", "image[]", "mask", "user"),
    fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/),
  );
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    prompt.map((text) => Uint8Array.from(Buffer.from(text))),
    fc.nat(300_000).map((length) => new Uint8Array(length).fill(45)),
  );
  const part = fc.oneof(
    fc.record({ name, value: prompt }),
    fc.record({ name, filename: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}\.(png|jpg|webp)$/), bytes: content }),
  );

  it.each([
    ["@fastify/busboy", readWithBusboy],
    ["formidable", readWithFormidable],
  ])("%s reads back every name, text and byte in order", { timeout: 60_000 }, async (_, read) => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 6 }), async (parts) => {
        const body = encodeMultipart(
          parts.map((one) =>
            "value" in one
              ? one
              : { ...one, mediaType: "image/png", source: openByteSource(new Uint8Array(one.bytes)) },
          ),
        );
        const parsed = await read(body);
        const expected = parts.map((one) =>
          "value" in one
            ? { name: one.name, text: Buffer.from(one.value).toString() }
            : {
                name: one.name,
                filename: one.filename,
                mediaType: "image/png",
                text: Buffer.from(one.bytes).toString("latin1"),
              },
        );
        const found = parsed.map(({ bytes: read, ...one }) => ({
          ...one,
          text: read.toString(one.filename ? "latin1" : "utf8"),
        }));
        const files = (list: { filename?: string }[]) => list.filter((one) => one.filename);
        const texts = (list: { filename?: string }[]) => list.filter((one) => !one.filename);
        expect(files(found)).toEqual(files(expected));
        expect(texts(found).map(({ ...one }) => one)).toMatchObject(texts(expected));
        expect(found).toHaveLength(expected.length);
      }),
      { numRuns: 80 },
    );
  });
});
