import { usageError } from "../errors/cli-error.ts";
import type { ParsedArguments } from "./command-definition.ts";
import { maxSeconds, secondsOfUnit } from "./parse-duration.ts";

/** The arguments of `retouch batch run`. */
export interface BatchRunFlags {
  readonly manifest: string;
  /** Values of rows that have none of their own. */
  readonly defaults: {
    readonly model: string | undefined;
    readonly prompt: string | undefined;
    readonly output: string | undefined;
  };
  readonly outDir: string | undefined;
  readonly concurrency: number;
  /** Time between two sends; 0 without a rate. */
  readonly intervalMs: number;
  readonly maxCostUsd: number | undefined;
  readonly retryFailed: boolean;
  readonly retryUnknown: boolean;
  /** The rows of `batch retry`; all without it. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Takes the run over from a process that may still hold it. */
  readonly takeOver: boolean;
  readonly skipInvalid: boolean;
  readonly failFast: boolean;
  readonly pasteBack: boolean;
  /** Sends only the surroundings of each mask; needs `pasteBack`. */
  readonly crop: boolean;
  readonly force: boolean;
  readonly skipExisting: boolean;
  readonly dryRun: boolean;
}

const defaultConcurrency = 4;

/**
 * Reads the arguments of `retouch batch run`.
 *
 * @throws CliError, exit code 2, for a number out of range, or when flags contradict each other.
 */
export function readBatchRunFlags(parsed: ParsedArguments): BatchRunFlags {
  const [pasteBack, crop] = [parsed.has("paste-back"), parsed.has("crop")];
  refuseCropAlone({ pasteBack, crop });
  return {
    manifest: parsed.operands[0] ?? "",
    defaults: {
      model: parsed.text("model"),
      prompt: parsed.text("prompt"),
      output: parsed.text("output"),
    },
    outDir: parsed.text("out-dir"),
    concurrency: parsed.number("concurrency") ?? defaultConcurrency,
    intervalMs: parseRate(parsed.text("rate")),
    maxCostUsd: readMaxCost(parsed),
    retryFailed: parsed.has("retry-failed"),
    retryUnknown: parsed.has("retry-unknown"),
    takeOver: parsed.has("take-over"),
    skipInvalid: parsed.has("skip-invalid"),
    failFast: parsed.has("fail-fast"),
    pasteBack,
    crop,
    force: parsed.has("force"),
    skipExisting: parsed.has("skip-existing"),
    dryRun: parsed.has("dry-run"),
  };
}

/**
 * Checks that `--crop` comes with `--paste-back`.
 *
 * @throws CliError, exit code 2.
 */
export function refuseCropAlone({ pasteBack, crop }: { pasteBack: boolean; crop: boolean }): void {
  if (crop && !pasteBack)
    throw usageError("`--crop` needs `--paste-back`: without it the result would be only the crop.");
}

/**
 * Reads `--max-cost`.
 *
 * @throws CliError, exit code 2, for a negative one.
 */
export function readMaxCost(parsed: ParsedArguments): number | undefined {
  const maxCostUsd = parsed.number("max-cost");
  if (maxCostUsd === undefined || maxCostUsd >= 0) return maxCostUsd;
  throw usageError(`\`--max-cost\` is ${maxCostUsd}. Give US dollars, such as 20.`);
}

/**
 * Parses `--rate`, for example `50/m`, `50/min` or `2/s`.
 *
 * @returns Milliseconds between two sends; 0 without a rate.
 */
export function parseRate(text: string | undefined): number {
  if (text === undefined) return 0;
  const [, count, unit = ""] = /^(\d+(?:\.\d+)?)\/([a-z]+)$/.exec(text.trim()) ?? [];
  const seconds = secondsOfUnit(unit);
  if (seconds === undefined || !(Number(count) > 0)) {
    throw usageError(
      `\`--rate\` is \`${text}\`. Give a number a second, minute or hour, such as 2/s or 50/m.`,
    );
  }
  const intervalMs = (seconds * 1000) / Number(count);
  if (intervalMs > maxSeconds * 1000) {
    throw usageError(`\`--rate\` is \`${text}\`: one send takes longer than 24 days. Give a higher rate.`);
  }
  return intervalMs;
}
