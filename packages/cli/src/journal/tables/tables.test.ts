import { hash } from "node:crypto";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyTable } from "./key-table.ts";
import { NumberList } from "./number-list.ts";
import { readLineAt } from "./read-lines.ts";

describe(KeyTable, () => {
  it("numbers keys like a Map, whatever they are", () => {
    const anyKey = fc.oneof(
      fc.string(),
      fc.nat(50).map((at) => hash("sha256", `${at}`).slice(0, 32)),
    );
    fc.assert(
      fc.property(fc.array(anyKey, { maxLength: 60 }), (keys) => {
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

  it("finds keys that count up as fast as hashes", () => {
    const table = new KeyTable();
    // With a slot for all of them, this takes minutes.
    for (let at = 0; at < 200_000; at++) table.add(at.toString(16).padStart(32, "0"));
    expect(table.indexOf((199_999).toString(16).padStart(32, "0"))).toBe(199_999);
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
  });
});

describe(readLineAt, () => {
  it("copies a long line a few times, not once for each chunk", async () => {
    const directory = await mkdtemp(path.join(tmpdir(), "retouch-lines-"));
    try {
      const file = path.join(directory, "lines");
      const line = "x".repeat(1_000_000);
      await writeFile(file, `first\n${line}\nlast`);
      let reads = 0;
      const counted = async (...given: Parameters<typeof open>) => {
        const handle = await open(...given);
        const read = handle.read.bind(handle) as (...args: unknown[]) => unknown;
        return Object.assign(handle, {
          read: (...args: unknown[]) => {
            reads += 1;
            return read(...args);
          },
        });
      };
      expect((await readLineAt(file, 6, { open: counted as typeof open })).toString()).toBe(line);
      expect(reads).toBeLessThan(12);
      expect((await readLineAt(file, 0, { open })).toString()).toBe("first");
      expect((await readLineAt(file, 1_000_007, { open })).toString()).toBe("last");
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
