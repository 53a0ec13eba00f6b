import { type CommandContext, isGiven } from "../../arguments/command-context.ts";
import { CliError } from "../../errors/cli-error.ts";
import { exitCodes } from "../../errors/exit-codes.ts";
import type { CheckedManifest } from "../manifest/check-manifest.ts";

/**
 * Refuses a manifest with bad rows, each told with its line; with `--skip-invalid` only when no row is right.
 *
 * @throws CliError, exit code 2.
 */
export function refuseBadRows(
  { problems, rows, warnings }: CheckedManifest,
  manifest: string,
  { parsed, terminal }: CommandContext,
): void {
  for (const { line, message } of warnings) terminal.warn(`${manifest}:${line}: ${message}`);
  if (problems.length === 0) return;
  const lines = problems.map(({ line, message }) => `${manifest}:${line}: ${message}`);
  if (isGiven(parsed, "skip-invalid") && rows.length > 0) {
    for (const line of lines) terminal.warn(`skipped ${line}`);
    return;
  }
  throw Object.assign(
    new CliError(
      `${problems.length} row(s) of ${manifest} are not right. Nothing was sent. Mend them, or leave them out with \`--skip-invalid\`.`,
      { exitCode: exitCodes.usage, code: "invalid_manifest", details: lines },
    ),
    {
      problems: problems.map(({ line, message }) => ({
        field: `line ${line}`,
        code: "invalid_row",
        message,
      })),
    },
  );
}
