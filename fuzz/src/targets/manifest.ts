import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { RawLine } from "../../../packages/cli/src/batch/manifest/raw-row.ts";
import { readManifest, readRowAt } from "../../../packages/cli/src/batch/manifest/read-manifest.ts";
import { CliError } from "../../../packages/cli/src/errors/cli-error.ts";
import { didYouMean } from "../../../packages/cli/src/errors/did-you-mean.ts";
import { nodeSystem } from "../../../packages/cli/src/journal/node-system.ts";
import { check, type Target } from "../engine/target.ts";

let directory: string | undefined;

export const target: Target = {
  name: "manifest",
  covers: [
    "packages/cli/src/batch/manifest/read-csv.ts",
    "packages/cli/src/batch/manifest/read-manifest.ts",
    "packages/cli/src/batch/manifest/raw-row.ts",
    "packages/cli/src/journal/tables/read-lines.ts",
    "packages/cli/src/errors/did-you-mean.ts",
  ],
  // The first byte chooses the format.
  seeds: [
    'cimage,prompt,n\r\na.png,"a, ""b""\r\nc",2\r\n\r\nb.png,x,\n',
    "c\ufeffimage;prompt\na;b\n",
    "cimage,image\na,b",
    "cimage\na,b\n",
    'cimage,prompt\n"a',
    'j{"image":"a.png","prompt":"b","n":1}\n\n  \n{"image":["a","b"]}\n[1]\nnot json',
    Buffer.from("jx\xff\n", "latin1"),
    "j",
  ],
  dictionary: [
    "image",
    "prompt",
    "model",
    ",",
    '"',
    '""',
    "\r\n",
    "\n",
    "\r",
    "\ufeff",
    "{",
    "}",
    ":",
    ";",
    "\t",
    "|",
    '{"image":"a"}',
    "null",
    " ",
  ],
  maxBytes: 65_536,
  maxSteps: { fixed: 20_000, perByte: 60 },
  async run(input) {
    directory ??= mkdtempSync(path.join(tmpdir(), "retouch-fuzz-"));
    const isCsv = input[0] === 99;
    const file = path.join(directory, isCsv ? "rows.csv" : "rows.jsonl");
    const bytes = input.subarray(1);
    writeFileSync(file, bytes);
    const rows: RawLine[] = [];
    try {
      await readManifest(file, (row) => void rows.push(row), nodeSystem.files);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      return;
    }
    check(rows.length > 0, "a manifest without rows is refused");
    let line = 0;
    let end = 0;
    for (const row of rows) {
      check(row.line > line, "lines are in order", () => `${row.line} after ${line}`);
      line = row.line;
      if (!("fields" in row)) continue;
      check(row.start >= end && row.end >= row.start && row.end <= bytes.length, "rows do not overlap", () =>
        JSON.stringify(row).slice(0, 300),
      );
      end = row.end;
    }
    check(
      line <=
        Buffer.from(bytes)
          .toString("latin1")
          .split(/\r\n|\r|\n/).length,
      "a line is one of the file",
    );
    for (const row of rows.slice(0, 8)) {
      if (!("fields" in row)) continue;
      const again = await readRowAt(file, row, nodeSystem.files);
      check(
        "fields" in again && JSON.stringify(again.fields) === JSON.stringify(row.fields),
        "a row is read again as it was",
        () => `${JSON.stringify(again).slice(0, 300)}\n${JSON.stringify(row).slice(0, 300)}`,
      );
      for (const name of Object.keys(row.fields).slice(0, 4)) didYouMean(name, ["image", "prompt", "model"]);
    }
  },
  async close() {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
    directory = undefined;
  },
};
