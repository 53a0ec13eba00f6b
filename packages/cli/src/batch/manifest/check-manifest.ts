import { stat } from "node:fs/promises";
import path from "node:path";
import { formatMessage, type Problem } from "@retouch/client/node";
import type { Server } from "../../edit/connect.ts";
import { usageError } from "../../errors/cli-error.ts";
import { manifestNames } from "../../errors/terminal-names.ts";
import { possiblePaths } from "../../output/output-pattern.ts";
import { mapLimited } from "../map-limited.ts";
import type { BatchRow } from "./batch-row.ts";
import { type RowSettings, readRow } from "./parse-row.ts";
import { type RowProblem, readManifest } from "./read-manifest.ts";
import { createFileHasher } from "./row-key.ts";

/** A manifest with every row checked. */
export interface CheckedManifest {
  readonly rows: readonly BatchRow[];
  readonly problems: readonly RowProblem[];
  readonly warnings: readonly RowProblem[];
}

const rowsAtOnce = 16;

/** Reads a manifest and runs the client's preflight on every row. Nothing is sent. */
export async function checkManifest(
  file: string,
  settings: Omit<RowSettings, "directory" | "isCsv" | "outDirectory" | "hashFile"> & {
    outDir?: string | undefined;
  },
  server: Server,
): Promise<CheckedManifest> {
  const info = await stat(file).catch(() => undefined);
  if (info?.isDirectory())
    throw usageError(
      `${file} is a folder. Give a manifest, or make one with \`retouch batch init ${file}\`.`,
    );
  const manifest = await readManifest(file);
  const directory = path.dirname(path.resolve(file));
  const rowSettings: RowSettings = {
    ...settings,
    directory,
    outDirectory: settings.outDir === undefined ? directory : path.resolve(settings.outDir),
    isCsv: path.extname(file).toLowerCase() === ".csv",
    hashFile: createFileHasher(),
  };
  const problems: RowProblem[] = [...manifest.problems];
  const warnings: RowProblem[] = [];
  const read = await mapLimited(manifest.rows, rowsAtOnce, async (raw) => {
    const row = await readRow(raw, rowSettings);
    if (Array.isArray(row)) {
      problems.push({ line: raw.line, message: row.join(" ") });
      return undefined;
    }
    // `Array.isArray` does not narrow a readonly array: https://github.com/microsoft/TypeScript/issues/17002
    const valid = row as BatchRow;
    const found = await server.client.check(valid.job.params);
    const errors = found.filter(({ severity }) => severity === "error");
    const format = (problem: Problem) => formatMessage(problem, manifestNames);
    if (errors.length === 0) {
      warnings.push(...found.map((warning) => ({ line: raw.line, message: format(warning) })));
      return valid;
    }
    problems.push({ line: raw.line, message: errors.map(format).join(" ") });
    return undefined;
  });
  const rows = withoutCollisions(
    read.filter((row) => row !== undefined),
    problems,
  );
  return { rows, problems: problems.sort((a, b) => a.line - b.line), warnings };
}

/** Removes rows that have the id or the output of an earlier row. */
function withoutCollisions(rows: readonly BatchRow[], problems: RowProblem[]): BatchRow[] {
  const lineOfFile = new Map<string, number>();
  const lineOfId = new Map<string, number>();
  return rows.filter((row) => {
    const output = row.job.output;
    const files = output === undefined ? [] : possiblePaths(output, row.job.count);
    const taken = files.find((file) => lineOfFile.has(file));
    const sameId = lineOfId.get(row.id);
    if (sameId !== undefined) {
      problems.push({
        line: row.line,
        message: `\`id\` is ${row.id}, as on line ${sameId}. Give each row its own.`,
      });
      return false;
    }
    if (taken !== undefined) {
      problems.push({
        line: row.line,
        message: `writes ${taken}, as line ${lineOfFile.get(taken)} does. Give each row its own \`output\`.`,
      });
      return false;
    }
    lineOfId.set(row.id, row.line);
    for (const file of files) lineOfFile.set(file, row.line);
    return true;
  });
}
