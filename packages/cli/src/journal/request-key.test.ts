import { hash } from "node:crypto";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describeRequest } from "@retouch/client/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeSystem } from "./node-system.ts";
import { createFileHasher, hashFile, requestKey, rowKey, serverKey } from "./request-key.ts";

const { files } = nodeSystem;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-request-key-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const sha256 = (bytes: string | Uint8Array) => hash("sha256", bytes);

describe(hashFile, () => {
  it.each([0, 1, 256 * 1024, 700_000])("hashes a file of %i bytes and closes it", async (byteLength) => {
    const file = path.join(directory, "bytes");
    const bytes = Buffer.alloc(byteLength, "0123456789");
    await writeFile(file, bytes);
    let isOpen = false;
    const open: typeof files.open = async (...args) => {
      const handle = await files.open(...args);
      const close = handle.close.bind(handle);
      isOpen = true;
      handle.close = async () => {
        isOpen = false;
        await close();
      };
      return handle;
    };
    expect(await hashFile(file, { open })).toBe(sha256(bytes));
    expect(isOpen).toBe(false);
  });
});

describe(createFileHasher, () => {
  it("reads a file again only if its time or its size has changed", async () => {
    let reads = 0;
    const open: typeof files.open = (...args) => {
      reads++;
      return files.open(...args);
    };
    const hashOf = createFileHasher({ open, stat: files.stat });
    const [a, b] = [path.join(directory, "a"), path.join(directory, "b")];
    for (const file of [a, b]) await writeFile(file, path.basename(file));
    for (const file of [a, b]) await utimes(file, 1, 1);
    expect([await hashOf(a), await hashOf(b), await hashOf(a)]).toEqual([
      sha256("a"),
      sha256("b"),
      sha256("a"),
    ]);
    expect(reads).toBe(2);
    await writeFile(a, "c");
    await utimes(a, 2, 2);
    expect(await hashOf(a)).toBe(sha256("c"));
    await writeFile(a, "dd");
    await utimes(a, 2, 2);
    expect(await hashOf(a)).toBe(sha256("dd"));
  });

  it("forgets the oldest of ten thousand", async () => {
    const opened: string[] = [];
    const handle = {
      stat: async () => ({ size: 0 }),
      read: async () => ({ bytesRead: 0 }),
      close: async () => {},
    };
    const hashOf = createFileHasher({
      stat: async () => ({ size: 0, mtimeMs: 1 }) as never,
      open: async (file) => {
        opened.push(file);
        return handle as never;
      },
    });
    for (let index = 0; index < 10_001; index++) await hashOf(`${index}`);
    await hashOf("1");
    expect(opened).toHaveLength(10_001);
    await hashOf("0");
    expect(opened.slice(10_001)).toEqual(["0"]);
  });
});

describe(serverKey, () => {
  const keyOf = async (options: Parameters<typeof describeRequest>[0]) =>
    serverKey(await describeRequest({ baseUrl: "https://api.example", apiKey: () => "", ...options }));

  it("is the origin, whatever the query, the headers and the key", async () => {
    expect(await keyOf({})).toBe("https://api.example");
    expect(await keyOf({ dialect: { query: { version: "2" }, keyHeader: "x-key" } })).toBe(
      "https://api.example",
    );
    expect(await keyOf({ baseUrl: "http://api.example", allowInsecureHttp: true })).toBe(
      "http://api.example",
    );
  });

  it("has the URL and the form where they differ, in one order", async () => {
    const moved = await keyOf({ dialect: { path: "/other" } });
    expect(JSON.parse(moved)).toEqual([expect.stringContaining("/other"), []]);
    const one = await keyOf({ dialect: { maskField: "m", imageField: "i" } });
    const two = await keyOf({ dialect: { imageField: "i", maskField: "m" } });
    expect(one).toBe(two);
    expect(JSON.parse(one)).toEqual([
      expect.stringContaining("https://api.example/"),
      [
        ["imageField", "i"],
        ["maskField", "m"],
      ],
    ]);
  });
});

describe(requestKey, () => {
  const hashOf = async (file: string) => `hash of ${file}`;
  const keyOf = (params: Record<string, unknown>, server = "https://a") =>
    requestKey(server, { params }, hashOf);

  it("is the same for what the form sends the same", async () => {
    const key = await keyOf({ prompt: "x", n: 1, extra: { seed: 7 } });
    expect(key).toMatch(/^[\da-f]{32}$/);
    for (const same of [
      { n: "1", extra: { seed: "7" }, prompt: "x" },
      { prompt: "x", n: 1, seed: 7, extra: null, mask: undefined },
      { prompt: "x", n: 1, seed: 7, size: "", user: null, quality: undefined, extra: "none" },
    ])
      expect(await keyOf(same)).toBe(key);
  });

  it("stays the same from version to version: with another key, what may be billed would be sent again", async () => {
    const hashed: string[] = [];
    const url = new URL("https://c/1.png");
    const params = { prompt: "x", n: 1, extra: { b: 2, a: 1 }, mask: "m.png", image: ["a.png", url] };
    const key = await requestKey("https://a", { params }, async (file) => {
      hashed.push(file);
      return sha256(file);
    });
    expect(key).toBe("04b1fcc185a9046aac9bfdbb35f79213");
    expect(hashed).toEqual(["a.png", "m.png"]);
  });

  it("of a crop is that of what it is made from, and differs from that of the complete image", async () => {
    const params = { prompt: "x", image: "a", mask: "m" };
    const crop = { original: "a", mask: "m", size: undefined };
    const made = (byte: number) => ({
      params: { ...params, image: [Uint8Array.of(byte)], mask: Uint8Array.of(byte), size: "1024x1024" },
      crop,
    });
    const key = await requestKey("https://a", { params, crop }, hashOf);
    expect(key).toBe("5819d4ebac51e3e5e79e8df4ec59a4b4");
    // Another version of the encoder makes other bytes.
    for (const byte of [1, 2]) expect(await requestKey("https://a", made(byte), hashOf)).toBe(key);
    expect(await keyOf(params)).not.toBe(key);
    for (const other of [{ original: "b" }, { mask: "n" }, { size: "1024x1024" }])
      expect(await requestKey("https://a", { params, crop: { ...crop, ...other } }, hashOf)).not.toBe(key);
  });

  it("differs with the server, each field, and each input and their order", async () => {
    const keys = [
      await keyOf({ prompt: "x" }),
      await keyOf({ prompt: "x" }, "https://b"),
      await keyOf({ prompt: "y" }),
      await keyOf({ prompt: "x", n: 1 }),
      await keyOf({ prompt: "x", options: { a: 1 } }),
      await keyOf({ prompt: "x", options: { a: 2 } }),
      await keyOf({ prompt: "x", extra: { mask: "no file" }, seed: 1 }),
      await keyOf({ prompt: "x", image: "a" }),
      await keyOf({ prompt: "x", mask: "a" }),
      await keyOf({ prompt: "x", image: ["a", "b"] }),
      await keyOf({ prompt: "x", image: ["b", "a"] }),
      await keyOf({ prompt: "x", image: new Uint8Array([1]) }),
      await keyOf({ prompt: "x", image: new URL("https://c/1.png") }),
      await keyOf({ prompt: "x", image: new URL("https://c/2.png") }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(await keyOf({ prompt: "x", image: "a" })).toBe(await keyOf({ image: ["a"], prompt: "x" }));
  });
});

describe(rowKey, () => {
  it("differs with the request, the id and the output", () => {
    const keys = [
      rowKey("r", undefined, "o"),
      rowKey("s", undefined, "o"),
      rowKey("r", "1", "o"),
      rowKey("r", undefined, "p"),
    ];
    expect(new Set(keys).size).toBe(4);
    expect(keys[0]).toMatch(/^[\da-f]{32}$/);
  });
});
