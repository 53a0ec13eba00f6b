import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { type CliOptions, type CliRun, runCli } from "./run-cli.ts";

/** Writes `m.jsonl` with rows that ask for `out/N.png`, small images of a model without limits. */
export async function writeManifest(
  directory: string,
  count: number,
  extra: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const rows = Array.from({ length: count }, (_, at) => ({
    id: `r${at}`,
    image: "photo.png",
    prompt: `number ${at}`,
    model: "acme-9",
    output: `out/${at}.{ext}`,
    ...extra,
  }));
  await writeFile(path.join(directory, "m.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}

/** Runs `retouch batch run m.jsonl` against a server. */
export function runBatch(
  directory: string,
  url: string,
  argv: readonly string[] = [],
  options: Partial<CliOptions> = {},
): Promise<CliRun> {
  return runCli(["batch", "run", "m.jsonl", ...argv], {
    cwd: directory,
    ...options,
    env: { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: url, ...options.env },
  });
}

/** Returns the files that a batch wrote. */
export async function outputsOf(directory: string): Promise<string[]> {
  return (await readdir(path.join(directory, "out")).catch(() => [])).sort();
}

/** A line of a journal, as tests read it; `at` is the process's clock, not the time of arrival at the server. */
export interface JournalLine {
  readonly type: string;
  readonly id: string;
  readonly at: string;
  readonly code?: string;
  readonly outcome?: string;
  /** Name of the response of a saved or failed attempt. */
  readonly response?: string;
}

/** Returns the journal of the only batch in a state directory; empty if there is none. */
export async function journalOf(directory: string): Promise<JournalLine[]> {
  const batches = path.join(directory, ".state", "batches");
  const [name = ""] = await readdir(batches);
  const text = await readFile(path.join(batches, name, "journal.jsonl"), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as JournalLine);
}
