import path from "node:path";
import type { Server } from "../../edit/connect.ts";
import { CliError, exitCodes, usageError } from "../../errors/cli-error.ts";
import { createFileHasher } from "../../journal/request-key.ts";
import type { System } from "../../journal/system.ts";
import { type CountOutputs, createOutputCounter } from "../../output/check-outputs.ts";
import { mapLimited } from "../map-limited.ts";
import type { BatchRow } from "./batch-row.ts";
import { createOutsideFinder } from "./find-escape.ts";
import { createInputCache } from "./input-cache.ts";
import { type RowSettings, readRow } from "./parse-row.ts";
import type { RawRow, RowProblem } from "./raw-row.ts";
import { isCsv, readManifest, readRowAt } from "./read-manifest.ts";
import { createRowCheck } from "./row-check.ts";
import { type RowPlace, RowTable, type SharedWith } from "./row-table.ts";

/** Problems of a manifest: the first of them, and how many there are. */
export interface ProblemList {
  readonly count: number;
  readonly first: readonly RowProblem[];
}

/** A manifest with every row checked. */
export interface CheckedManifest {
  readonly rows: RowTable;
  readonly problems: ProblemList;
  readonly warnings: ProblemList;
  /** Reads a row again. Throws if the manifest or an input has changed since. */
  load(index: number): Promise<BatchRow>;
}

/** Problems that are listed; the others are counted. */
const listedProblems = 100;
const rowsAtOnce = 16;
/** A crop decodes its image, which takes four bytes per pixel. */
const cropsAtOnce = 2;
const blockRows = 64;

/** Reads a manifest and runs the client's preflight on every row. Nothing is sent. */
export async function checkManifest(
  file: string,
  settings: Pick<RowSettings, "defaults" | "pasteBack" | "crop" | "force"> & { outDir?: string | undefined },
  server: Server,
  system: System,
): Promise<CheckedManifest> {
  const { files } = system;
  const info = await files.stat(file).catch(() => undefined);
  if (info?.isDirectory())
    throw usageError(
      `${file} is a folder. Give a manifest, or make one with \`retouch batch init ${file}\`.`,
    );
  const rowSettings = settingsOf(file, settings, server, system);
  const countOutputs = createOutputCounter(system);
  const check = createRowCheck(server, rowSettings.lookAt);
  const problems = createProblemList();
  const warnings = createProblemList();
  const rows = new RowTable();
  let block: (RawRow | RowProblem)[] = [];

  async function checkBlock(): Promise<void> {
    const lines = block;
    block = [];
    const checked = await mapLimited(lines, settings.crop ? cropsAtOnce : rowsAtOnce, async (raw) => {
      if ("message" in raw) return { problem: raw.message };
      const row = await readRow(raw, rowSettings);
      return "key" in row ? { row, ...(await check(row)) } : { problem: row.join(" ") };
    });
    for (const [at, result] of checked.entries()) {
      const raw = lines[at];
      if (raw === undefined) continue;
      const { line } = raw;
      if (result.problem !== undefined || !("row" in result) || "message" in raw) {
        problems.add({ line, message: result.problem ?? "" });
        continue;
      }
      const { row, warnings: found, size } = result;
      const shared = rows.add(row, placeOf(row, size, raw, server, countOutputs));
      if (shared === undefined) for (const message of found) warnings.add({ line, message });
      else problems.add({ line, message: describeShared(row.id, shared) });
    }
  }

  await readManifest(
    file,
    (line) => {
      block.push(line);
      return block.length < blockRows ? undefined : checkBlock();
    },
    files,
  );
  await checkBlock();
  return {
    rows,
    problems,
    warnings,
    async load(index) {
      const raw = await readRowAt(file, rows.placeOf(index), files);
      const row = "message" in raw ? [raw.message] : await readRow(raw, rowSettings);
      if ("key" in row && row.key === rows.keyOf(index)) return row;
      throw new CliError(
        `Line ${rows.lineOf(index)} of ${file}, or an input of it, changed during the run. It was not sent. Run the command again.`,
        { exitCode: exitCodes.usage, code: "manifest_changed" },
      );
    },
  };
}

function settingsOf(
  file: string,
  {
    outDir,
    ...settings
  }: Pick<RowSettings, "defaults" | "pasteBack" | "crop" | "force"> & { outDir?: string | undefined },
  { client }: Server,
  system: System,
): RowSettings {
  const directory = path.dirname(path.resolve(file));
  const outDirectory = outDir === undefined ? directory : path.resolve(outDir);
  return {
    ...settings,
    directory,
    outDirectory,
    isCsv: isCsv(file),
    server: client.serverKey,
    lookAt: createInputCache(createFileHasher(system.files), system.files),
    findOutside: createOutsideFinder(outDirectory, system.files),
    system,
  };
}

function createProblemList(): ProblemList & { add(problem: RowProblem): void } {
  const first: RowProblem[] = [];
  let count = 0;
  return {
    first,
    get count() {
      return count;
    },
    add(problem) {
      count++;
      if (first.length < listedProblems) first.push(problem);
    },
  };
}

function placeOf(
  { outputs, job: { output, params } }: BatchRow,
  size: unknown,
  { start, end }: RawRow,
  { client }: Server,
  countOutputs: CountOutputs,
): RowPlace {
  const directory = path.dirname(outputs[0] ?? "");
  const existing = countOutputs(outputs, output?.askedExtension);
  return {
    start,
    end,
    files: outputs,
    directory,
    existing,
    maxUsd: client.worstCaseUsd({ ...params, size }),
  };
}

function describeShared(id: string, { id: line, file }: SharedWith): string {
  if (line !== undefined) return `\`id\` is ${id}, as on line ${line}. Give each row its own.`;
  return `writes ${file?.name}, as line ${file?.line} does. Give each row its own \`output\`.`;
}
