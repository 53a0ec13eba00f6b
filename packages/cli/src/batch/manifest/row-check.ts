import { formatMessage, type Problem } from "@retouch/client/node";
import type { Server } from "../../edit/connect.ts";
import { CliError } from "../../errors/cli-error.ts";
import { manifestNames } from "../../errors/terminal-names.ts";
import type { BatchRow } from "./batch-row.ts";
import { cropRow } from "./crop-row.ts";
import { createCache, type LookAtInput } from "./input-cache.ts";

/** What preflight found about a row. */
export interface RowCheck {
  /** Undefined if the row is valid. */
  readonly problem?: string | undefined;
  readonly warnings: readonly string[];
  /** The size that is asked for: with a crop, its own. */
  readonly size?: unknown;
}

/**
 * Creates the preflight of rows. Rows that differ only in the words of their prompt are checked once: of a prompt only the
 * length matters. Only results without errors are reused, because messages name what was seen.
 */
export function createRowCheck(
  { client }: Server,
  lookAt: LookAtInput,
): (row: BatchRow) => Promise<RowCheck> {
  const known = createCache<RowCheck>(10_000);
  return async (row) => {
    const key = await likenessOf(row.job.params, lookAt);
    const before = known.get(key);
    if (before !== undefined) return before;
    const job = await cropRow(row).catch(asProblem);
    if (typeof job === "string") return { problem: job, warnings: [] };
    const { params } = job;
    const found = await client.check(params);
    const errors = found.filter(({ severity }) => severity === "error");
    if (errors.length > 0) return { problem: errors.map(format).join(" "), warnings: [] };
    return known.set(key, { warnings: found.map(format), size: params["size"] });
  };
}

/** Returns why a row cannot be cropped. */
function asProblem(error: unknown): string {
  if (error instanceof CliError) return error.message;
  throw error;
}

function format(problem: Problem): string {
  return formatMessage(problem, manifestNames);
}

async function likenessOf(params: Readonly<Record<string, unknown>>, lookAt: LookAtInput): Promise<string> {
  const { prompt, image, ...others } = params;
  const files: unknown[] = Array.isArray(image) ? image : [image];
  const inputs: string[] = [];
  for (const file of [...files, ...Object.values(others)])
    inputs.push(
      typeof file === "string" && file.includes("/") ? `${file} ${(await lookAt(file)).sha256}` : "",
    );
  const text = String(prompt);
  return JSON.stringify([others, files, inputs, typeof prompt, [...text].length, text.trim() === ""]);
}
