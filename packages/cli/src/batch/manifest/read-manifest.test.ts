import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { nodeSystem } from "../../journal/node-system.ts";
import type { RawRow, RowProblem } from "./raw-row.ts";
import { readManifest, readRowAt } from "./read-manifest.ts";

const { files } = nodeSystem;
let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-manifest-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function read(name: string, content: string | Uint8Array) {
  const file = path.join(directory, name);
  await writeFile(file, content);
  const rows: Pick<RawRow, "line" | "fields">[] = [];
  const problems: RowProblem[] = [];
  await readManifest(
    file,
    async (line) => {
      if ("message" in line) problems.push(line);
      else {
        rows.push({ line: line.line, fields: line.fields });
        // Each row is found again where it was.
        expect(await readRowAt(file, line, files)).toEqual(line);
      }
    },
    files,
  );
  return { rows, problems };
}

describe(readManifest, () => {
  it("refuses a row in which a name is given twice, on any level", async () => {
    const { rows, problems } = await read(
      "twice.jsonl",
      [
        '{"prompt":"x","image":"a.png","prompt":"y"}',
        '{"prompt":"x","pr\\u006fmpt":"y"}',
        '{"extra":{"a":1,"b":[{"a":1}],"a":2}}',
        '{"prompt":"\\"prompt\\":{","extra":{"prompt":[{"c":1},{"c":2}]},"c":{}}',
      ].join("\n"),
    );
    expect(problems).toEqual([
      { line: 1, message: 'has "prompt" twice. Remove one.' },
      { line: 2, message: 'has "prompt" twice. Remove one.' },
      { line: 3, message: 'has "a" twice. Remove one.' },
    ]);
    expect(rows.map(({ line }) => line)).toEqual([4]);
  });

  it.each([
    ["LF", "\n"],
    ["CRLF", "\r\n"],
    ["CR", "\r"],
  ])("reports the first line of each row of a CSV with %s", async (_, end) => {
    const lines = ["image,prompt", '"ä.png","two', 'lines"', "", "b.png,x,too many", "", "", "c.png,"];
    const { rows, problems } = await read("m.csv", `\ufeff${lines.join(end)}${end}`);
    expect(rows).toEqual([
      { line: 2, fields: { image: "ä.png", prompt: `two${end}lines` } },
      { line: 8, fields: { image: "c.png" } },
    ]);
    expect(problems.map(({ line }) => line)).toEqual([5]);
  });

  it("reads a CSV with mixed line endings", async () => {
    const { rows } = await read("m.csv", "image,n\na.png,1\r\nb.png,2\n");
    expect(rows.map(({ fields }) => fields)).toEqual([
      { image: "a.png", n: "1" },
      { image: "b.png", n: "2" },
    ]);
  });

  it("reads one object per line, with a byte order mark, CRLF and blank lines", async () => {
    const { rows, problems } = await read("m.jsonl", '\ufeff{"image":"a"}\r\n\r\n[]\r\n{"image":"b"}\r\n{');
    expect(rows).toEqual([
      { line: 1, fields: { image: "a" } },
      { line: 4, fields: { image: "b" } },
    ]);
    expect(problems.map(({ line }) => line)).toEqual([3, 5]);
  });

  it.each([
    ["m.jsonl", "", "has no rows"],
    ["m.jsonl", "\n\r\n  \n", "has no rows"],
    ["m.csv", "image,prompt\r\n", "has no rows"],
    ["m.csv", "image;prompt\na.png;x\n", "separated by `;`"],
    ["m.csv", "image\tprompt\na.png\tx\n", "separated by tabs"],
    ["m.csv", "photo,prompt\na.png,x\n", "Name the columns"],
    ["m.csv", "image,image\na,b\n", "twice"],
    ["m.csv", 'image,prompt\na,"b\n', "is not CSV"],
    ["m.csv", Buffer.from("image\na.png\n", "utf16le").fill(0xff, 0, 1), "not UTF-8"],
  ])("rejects %s with the content %j: %s", async (name, content, words) => {
    await expect(read(name, content)).rejects.toThrow(words);
  });

  it("reads any cell as it was written", async () => {
    const text = fc
      .string({ unit: "binary", minLength: 1, maxLength: 20 })
      .filter((cell) => !/\p{Surrogate}/u.test(cell));
    const rows = fc.array(fc.record({ image: text, prompt: text }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(rows, async (written) => {
        const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
        const csv = written.map(({ image, prompt }) => `${quoted(image)},${quoted(prompt)}`);
        const jsonl = written.map((row) => JSON.stringify(row)).join("\n");
        for (const [name, content] of [
          ["p.csv", `image,prompt\n${csv.join("\n")}`],
          ["p.jsonl", jsonl],
        ] as const) {
          const manifest = await read(name, content);
          expect(manifest.rows.map(({ fields }) => fields)).toEqual(written);
          expect(manifest.problems).toEqual([]);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("compares no column with each of the others", async () => {
    const search = vi.spyOn(Array.prototype, "indexOf");
    const columns = Array.from({ length: 40_000 }, (_, at) => `c${at}`);
    await expect(read("wide.csv", `image,${columns.join()},c7\na`)).rejects.toThrow("`c7` twice");
    const { length } = search.mock.calls;
    search.mockRestore();
    expect(length).toBeLessThan(1000);
  });

  it("copies no chunk of a long cell again for each that follows", async () => {
    const concat = vi.spyOn(Buffer, "concat");
    const cell = "line\n".repeat(2 ** 20);
    const { rows } = await read("long.csv", `image,prompt\na,"${cell}"\nb,`);
    const copied = concat.mock.results.reduce((total, { value }) => total + (value as Buffer).length, 0);
    concat.mockRestore();
    expect(rows.map(({ line }) => line)).toEqual([2, 2 ** 20 + 3]);
    expect(copied).toBeLessThan(cell.length);
  });
});
