import { hash } from "node:crypto";
import path from "node:path";
import { usageError } from "@retouch/cli/journal";
import type { RunSettings } from "../jobs/row-job.ts";

/** What `status` shows of a run without reading its manifest. */
export interface RunSummary {
  readonly manifest: string;
  readonly manifestSha256: string;
  /** Whether its workers bill nothing. */
  readonly isMock: boolean;
  /** Rows, and lines that are not valid ones. */
  readonly total: number;
  readonly invalid: number;
  /** Rows that were saved before its last producer started, maybe by another run. */
  readonly savedBefore?: number | undefined;
  /** What its workers have as their storage, as its producer calls it. */
  readonly storage?: string | undefined;
  /** When its last producer started, in ISO 8601. */
  readonly startedAt: string;
}

/**
 * Returns the id of a run: a manifest with its settings. The budget is not part of it, so that a higher one counts what
 * was spent before.
 */
export function runId(settings: RunSettings): string {
  const { manifest, manifestSha256, serverKey, defaults, outDir, pasteBack, crop, force } = settings;
  const { model, prompt, output } = defaults;
  const parts = [
    manifest,
    manifestSha256,
    serverKey,
    [model, prompt, output],
    outDir,
    pasteBack,
    crop,
    force,
  ];
  return hash("sha256", JSON.stringify(parts)).slice(0, 24);
}

/**
 * Returns a path as workers name it: relative to the folder that they share, with slashes.
 *
 * @throws CliError, exit code 2, if it is outside.
 */
export function sharedName(what: string, file: string, root: string): string {
  const relative = path.relative(root, path.resolve(file));
  if (relative === ".." || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) {
    throw usageError(
      `${what} ${file} is outside ${root}, which the workers share. Put it inside, or give the shared folder with \`--storage\`.`,
    );
  }
  return relative.split(path.sep).join("/");
}
