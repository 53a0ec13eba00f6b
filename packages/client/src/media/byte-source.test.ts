import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isInvalidInputError } from "../errors/errors.ts";
import { type ByteInput, type ByteSource, maxChunkBytes, openByteSource } from "./byte-source.ts";
import type { DataUri } from "./data-uri.ts";

async function readAll(source: ByteSource): Promise<number[]> {
  const bytes: number[] = [];
  for await (const chunk of source.chunks()) bytes.push(...chunk);
  return bytes;
}

const five = new Uint8Array([1, 2, 3, 4, 5]);

describe(openByteSource, () => {
  const shared = new Uint8Array(new SharedArrayBuffer(5));
  shared.set(five);
  const inputs: [string, ByteInput][] = [
    ["a Blob", new Blob([five])],
    ["a File", new File([five], "a.png")],
    ["an ArrayBuffer", five.buffer],
    ["a typed array", five],
    ["a view into a bigger buffer", new Uint8Array([9, 1, 2, 3, 4, 5, 9]).subarray(1, 6)],
    ["a DataView", new DataView(new Uint8Array([9, 1, 2, 3, 4, 5, 9]).buffer, 1, 5)],
    ["a Buffer", Buffer.from(five)],
    ["shared memory", shared],
    ["a SharedArrayBuffer", shared.buffer],
    ["a data: URI", "data:image/png;base64,AQIDBAU="],
    ["a data: URI without padding", "data:image/png;base64,AQIDBAU"],
    ["a data: URI with parameters", "data:image/png;name=a.png;BASE64,AQIDBAU="],
    ["a data: URI in capitals, with spaces", " DATA:image/png; base64 ,AQID\r\n BAU=\n" as DataUri],
    ["a data: URI with percent signs", "data:;base64,AQIDBAU%3d%0A"],
    ["a data: URI without base64", "data:image/png,%01%02%03%04%05"],
    ["a data: URI with a fragment", "data:image/png;base64,AQIDBAU=#top"],
    ["a data: URL", new URL("data:image/png;base64,AQIDBAU=") as unknown as DataUri],
  ];

  it.each(inputs)("reads %s repeatedly", async (_, input) => {
    const source = openByteSource(input);
    expect(source.byteLength).toBe(5);
    expect(await readAll(source)).toEqual([...five]);
    expect(await readAll(source)).toEqual([...five]);
    expect([...(await source.slice(1, 3))]).toEqual([2, 3]);
    expect([...(await source.slice(3, 99))]).toEqual([4, 5]);
    expect([...(await source.slice(7, 99))]).toEqual([]);
    expect([...new Uint8Array((await source.blob?.()?.arrayBuffer()) ?? [])]).toEqual([...five]);
  });

  it.each([
    ["memory", (bytes: Uint8Array<ArrayBuffer>) => bytes],
    ["a Blob", (bytes: Uint8Array<ArrayBuffer>) => new Blob([bytes])],
  ])("yields %s in order, in chunks of at most 256 KiB", async (_, make) => {
    const bytes = Uint8Array.from({ length: 2 * maxChunkBytes + 10 }, (__, index) => index >> 8);
    const lengths: number[] = [];
    let offset = 0;
    for await (const chunk of openByteSource(make(bytes)).chunks()) {
      expect(Buffer.compare(chunk, bytes.subarray(offset, offset + chunk.length))).toBe(0);
      offset += chunk.length;
      lengths.push(chunk.length);
    }
    expect(lengths).toEqual([maxChunkBytes, maxChunkBytes, 10]);
  });

  it("does not copy bytes in memory", async () => {
    const bytes = new Uint8Array(maxChunkBytes * 2);
    const source = openByteSource(bytes);
    for await (const chunk of source.chunks()) expect(chunk.buffer).toBe(bytes.buffer);
    expect((await source.slice(5, 9)).buffer).toBe(bytes.buffer);
  });

  it("copies shared memory, because neither Blob nor fetch accepts it", async () => {
    for await (const chunk of openByteSource(shared).chunks())
      expect(chunk.buffer).toBeInstanceOf(ArrayBuffer);
  });

  it("reads a blob of another realm, and never passes it on as one of this realm", async () => {
    /** Like the blobs of happy-dom, which have no tag. */
    class ForeignBlob {
      readonly #blob: Blob;
      readonly name = "a.png";
      constructor(blob: Blob) {
        this.#blob = blob;
      }
      get size() {
        return this.#blob.size;
      }
      get type() {
        return this.#blob.type;
      }
      slice(start: number, end: number) {
        return new ForeignBlob(this.#blob.slice(start, end));
      }
      arrayBuffer() {
        return this.#blob.arrayBuffer();
      }
    }
    const source = openByteSource(new ForeignBlob(new Blob([five])) as unknown as Blob);
    expect(await readAll(source)).toEqual([...five]);
    expect([source.name, source.blob?.()]).toEqual(["a.png", undefined]);
  });

  it("preserves the name of a File", () => {
    expect(openByteSource(new File([], "cat.png")).name).toBe("cat.png");
    expect(openByteSource(new Blob([])).name).toBeUndefined();
  });

  it.each([
    [
      "a path",
      "cat.png",
      "`mask` is a string. Paths and URLs are for `@retouch/client/node`, `{ url }` is for JSON bodies. Give",
    ],
    [
      "undefined",
      undefined,
      "`mask` is of type Undefined. Give a `Blob`, `File`, `ArrayBuffer`, typed array or `data:` URI.",
    ],
    [
      "base64 text",
      `iVBORw0KGgoAAAANSUhEUgAA${"A".repeat(1_000_000)}`,
      "`mask` is a string. It is base64 text: put `data:image/png;base64,` before it, or give a `Blob`",
    ],
    ["a data: URI without a comma", "data:image/png;base64", "`mask` is not a valid `data:` URI. Give"],
    [
      "a data: URI that is not base64",
      `data:image/png;base64,${"!".repeat(9_000)}`,
      "`mask` is not a valid `data:` URI. Give",
    ],
    ["null", null, "`mask` is of type Null."],
    ["an array", [1, 2], "`mask` is of type Array."],
    ["a stream", new ReadableStream(), "`mask` is of type ReadableStream."],
    ["an object that claims to be a Blob", { [Symbol.toStringTag]: "Blob" }, "`mask` is of type Blob."],
  ])("rejects %s with a message", (_, input, message) => {
    expect(() => openByteSource(input as ByteInput, "mask")).toThrow(message);
    expect(() => openByteSource(input as ByteInput, "mask")).toThrow(/^.{1,250}$/s);
  });

  it("decodes any bytes in a data: URI, as the platform does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.boolean(), async (bytes, isBase64) => {
        const uri: DataUri = isBase64
          ? `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`
          : `data:,${Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")}`;
        const source = openByteSource(uri);
        expect(await readAll(source)).toEqual([...bytes]);
        expect(await readAll(source)).toEqual([...new Uint8Array(await (await fetch(uri)).arrayBuffer())]);
      }),
    );
  });

  it("rejects a transferred buffer, before and while it is read", async () => {
    const bytes = new Uint8Array(3);
    const source = openByteSource(bytes);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    await expect(readAll(source)).rejects.toThrow("`image` was transferred away or shrunk");
    await expect(source.slice(0, 1)).rejects.toSatisfy(isInvalidInputError);
    expect(() => openByteSource(bytes)).toThrow("transferred away");
    expect(() => openByteSource(bytes.buffer)).toThrow("transferred away");
  });

  it("rejects a buffer that shrank while it is read", async () => {
    // Resizable buffers are newer than the TypeScript library that this package is compiled against.
    const Resizable = ArrayBuffer as unknown as new (
      length: number,
      options: { maxByteLength: number },
    ) => ArrayBuffer & { resize(length: number): void };
    const buffer = new Resizable(9, { maxByteLength: 9 });
    const shrinking = openByteSource(buffer);
    buffer.resize(3);
    await expect(readAll(shrinking)).rejects.toThrow("shrunk");
  });

  it("reports a Blob that can no longer be read", async () => {
    const blob = new Blob([five]);
    blob.slice = () => {
      throw new DOMException("The file changed", "NotReadableError");
    };
    await expect(readAll(openByteSource(blob))).rejects.toThrow(
      "`image` cannot be read: its file changed, moved or is locked. Choose it again.",
    );
  });
});
