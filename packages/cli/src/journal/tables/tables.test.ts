import { hash } from "node:crypto";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KeyTable } from "./key-table.ts";
import { NumberList } from "./number-list.ts";
import { LineTooLongError, maxLineBytes, readLineAt, readLines } from "./read-lines.ts";

describe(KeyTable, () => {
  it("numbers keys like a Map, whatever they are", () => {
    const anyKey = fc.oneof(
      fc.string(),
      fc.nat(50).map((at) => hash("sha256", `${at}`).slice(0, 32)),
      fc.constantFrom(
        "",
        "a".repeat(32),
        "a".repeat(31),
        "a".repeat(33),
        "a".repeat(64),
        `${"a".repeat(31)}g`,
        "g".repeat(32),
      ),
      // All of them with the same bits at the end, or at the start.
      fc.nat(50).map((at) => at.toString(16).padEnd(32, "0")),
      fc.nat(50).map((at) => at.toString(16).padStart(8, "0").repeat(4)),
    );
    fc.assert(
      fc.property(fc.array(anyKey, { maxLength: 60, size: "max" }), (keys) => {
        const table = new KeyTable();
        const numbers = new Map<string, number>();
        for (const key of keys) {
          if (!numbers.has(key)) numbers.set(key, numbers.size);
          expect(table.add(key)).toBe(numbers.get(key));
        }
        expect(table.size).toBe(numbers.size);
        for (const [key, number] of numbers) expect(table.indexOf(key)).toBe(number);
        expect(table.indexOf("a key that is not there")).toBe(-1);
      }),
    );
  });

  it.each([0, 1, 2, 3])("finds keys that count up in 32 of their bits as fast as hashes (%i)", (word) => {
    const keyOf = (at: number) =>
      `${"0".repeat(8 * word)}${at.toString(16).padStart(8, "0")}`.padEnd(32, "0");
    const table = new KeyTable();
    // With a slot for all of them, this takes minutes.
    for (let at = 0; at < 100_000; at++) table.add(keyOf(at));
    expect(table.size).toBe(100_000);
    for (const at of [0, 1, 2047, 99_999]) expect(table.indexOf(keyOf(at))).toBe(at);
    expect(table.indexOf(keyOf(100_000))).toBe(-1);
  });

  it("grows, and finds the keys of another table", () => {
    const [table, other] = [new KeyTable(), new KeyTable()];
    const keys = Array.from({ length: 5_000 }, (_, at) => hash("sha256", `${at}`).slice(0, 32));
    for (const key of keys) table.add(key);
    for (const key of keys.toReversed()) other.add(key);
    for (const [at, key] of keys.entries()) {
      expect(table.keyAt(at)).toBe(key);
      expect(table.indexOfKeyIn(other, keys.length - 1 - at)).toBe(at);
    }
  });
});

describe(NumberList, () => {
  it.each([64, 32, 8] as const)("grows with values of %i bits", (bits) => {
    const list = new NumberList(bits);
    for (let value = 0; value < 3_000; value++) list.push(value % 200);
    list.set(5_000, 7);
    expect([list.length, list.at(2_999), list.at(5_000), list.at(5_001)]).toEqual([5_001, 199, 7, undefined]);
    expect(list.at(4_000)).toBe(bits === 64 ? Number.NaN : 0);
    list.set(2, 9);
    expect([list.length, list.at(1), list.at(2), list.at(3), list.at(2_048)]).toEqual([5_001, 1, 9, 3, 48]);
  });

  it("holds any number with 64 bits, and integers with fewer", () => {
    const last = ([64, 32, 8] as const).map((bits) => {
      const list = new NumberList(bits);
      list.push(2 ** 40 + 2 ** 31 + 2 ** 7 + 0.5);
      return list.at(0);
    });
    expect(last).toEqual([2 ** 40 + 2 ** 31 + 2 ** 7 + 0.5, 2 ** 31 + 2 ** 7, 2 ** 7]);
    const list = new NumberList();
    list.push(0.5);
    expect(list.at(0)).toBe(0.5);
  });

  it("grows by copying a value a few times, not with each one", () => {
    const list = new NumberList();
    // When it grows by one value at a time, this takes minutes.
    for (let value = 0; value < 300_000; value++) list.push(value);
    expect([list.length, list.at(299_999), list.at(1024)]).toEqual([300_000, 299_999, 1024]);
  });

  it("has no value yet, and none between those that were set", () => {
    const list = new NumberList();
    expect([list.length, list.at(0)]).toEqual([0, undefined]);
    list.set(2, 5);
    list.set(1024, 6);
    const far = new NumberList(8);
    far.set(100_000, 7);
    expect([far.length, far.at(99_999), far.at(100_000)]).toEqual([100_001, 0, 7]);
    expect([0, 1, 2, 3, 1023, 1024, 1025].map((index) => list.at(index))).toEqual([
      Number.NaN,
      Number.NaN,
      5,
      Number.NaN,
      Number.NaN,
      6,
      undefined,
    ]);
  });
});

let directory = "";
let file = "";
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-lines-"));
  file = path.join(directory, "lines");
});
afterAll(() => rm(directory, { recursive: true }));

/** Opens real files, and counts their reads and those that are open. */
function counting() {
  const counts = { reads: 0, open: 0 };
  const opening = async (...given: Parameters<typeof open>) => {
    const handle = await open(...given);
    counts.open++;
    const [read, close] = [handle.read.bind(handle), handle.close.bind(handle)] as ((
      ...args: unknown[]
    ) => unknown)[];
    return Object.assign(handle, {
      read: (...args: unknown[]) => {
        counts.reads++;
        return read?.(...args);
      },
      close: () => {
        counts.open--;
        return close?.();
      },
    });
  };
  return { counts, files: { open: opening as typeof open } };
}

/** A file without a line break and without an end. */
function endless() {
  const counts = { bytes: 0, open: 0 };
  const handle = {
    stat: async () => ({ size: Number.MAX_SAFE_INTEGER }),
    read: async (chunk: Buffer, at: number, length: number) => {
      chunk.fill(0, at, at + length);
      counts.bytes += length;
      return { bytesRead: length };
    },
    close: async () => void counts.open--,
  };
  const opening = async () => {
    counts.open++;
    return handle;
  };
  return { counts, files: { open: opening as unknown as typeof open } };
}

describe(readLines, () => {
  async function linesOf(text: string, options: Parameters<typeof readLines>[1] = {}) {
    await writeFile(file, text);
    const { counts, files } = counting();
    const lines: [string, number][] = [];
    const end = await readLines(file, options, (line, at) => void lines.push([line.toString(), at]), files);
    expect(counts.open).toBe(0);
    return { lines, end };
  }

  it("calls back with each complete line and its offset", async () => {
    const text = "one\n\nthree\nfo";
    const complete = [
      ["one", 0],
      ["", 4],
      ["three", 5],
    ];
    expect(await linesOf(text)).toEqual({ lines: complete, end: 11 });
    expect(await linesOf(text, { lastLine: true })).toEqual({ lines: [...complete, ["fo", 11]], end: 13 });
    expect(await linesOf(`${text}\n`, { lastLine: true })).toEqual({
      lines: [...complete, ["fo", 11]],
      end: 14,
    });
    expect(await linesOf(text, { from: 4 })).toEqual({ lines: complete.slice(1), end: 11 });
    expect(await linesOf(text, { from: 11 })).toEqual({ lines: [], end: 11 });
    expect(await linesOf("", { lastLine: true })).toEqual({ lines: [], end: 0 });
  });

  it("reads lines of any length, in few reads", async () => {
    const lines = [1_500_000, 3, 1_048_575, 4_096, 2_500_000].map((length, at) => `${at}`.repeat(length));
    await writeFile(file, lines.map((line) => `${line}\n`).join(""));
    const { counts, files } = counting();
    const found: Buffer[] = [];
    const offsets: number[] = [];
    await readLines(
      file,
      {},
      (line, at) => {
        found.push(Buffer.from(line));
        offsets.push(at);
      },
      files,
    );
    expect(found.map((line) => hash("sha256", line))).toEqual(lines.map((line) => hash("sha256", line)));
    expect(offsets).toEqual([0, 1_500_001, 1_500_005, 2_548_581, 2_552_678]);
    expect(counts.reads).toBeLessThan(10);
  });

  it("waits for each call, and closes the file when one fails", async () => {
    await writeFile(file, "1\n2\n3\nlast");
    const { counts, files } = counting();
    const order: string[] = [];
    const slow = async (line: Buffer) => {
      const text = line.toString();
      order.push(text);
      await new Promise(setImmediate);
      order.push(`end of ${text}`);
    };
    await readLines(file, { lastLine: true }, slow, files);
    expect(order).toEqual(["1", "2", "3", "last"].flatMap((line) => [line, `end of ${line}`]));
    const failing = readLines(file, {}, () => Promise.reject(new Error("no")), files);
    await expect(failing).rejects.toThrow("no");
    expect(counts.open).toBe(0);
  });

  it("rejects a line that is longer than memory should hold", async () => {
    const { counts, files } = endless();
    const reading = readLines("endless", {}, () => undefined, files);
    await expect(reading).rejects.toThrow(LineTooLongError);
    await expect(reading).rejects.toMatchObject({ name: "LineTooLongError" });
    await expect(reading).rejects.toThrow("endless has a line of more than 64 MB");
    expect(counts.open).toBe(0);
    expect(counts.bytes).toBeLessThanOrEqual(maxLineBytes + 2 ** 20);
  });
});

describe(readLineAt, () => {
  it("copies a long line a few times, not once for each chunk", async () => {
    const line = "x".repeat(1_000_000);
    await writeFile(file, `first\n${line}\nlast`);
    const { counts, files } = counting();
    expect((await readLineAt(file, 6, files)).toString()).toBe(line);
    expect(counts).toEqual({ reads: expect.toSatisfy((reads: number) => reads < 12), open: 0 });
    expect((await readLineAt(file, 0, files)).toString()).toBe("first");
    expect((await readLineAt(file, 1_000_007, files)).toString()).toBe("last");
    expect((await readLineAt(file, 5, files)).toString()).toBe("");
    expect((await readLineAt(file, 2_000_000, files)).toString()).toBe("");
  });

  it("ends with what memory should hold", async () => {
    const { counts, files } = endless();
    expect((await readLineAt("endless", 0, files)).length).toBeGreaterThan(maxLineBytes);
    expect(counts.open).toBe(0);
    expect(counts.bytes).toBeLessThanOrEqual(2 * maxLineBytes);
  });
});
