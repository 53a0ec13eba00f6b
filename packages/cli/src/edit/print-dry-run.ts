import type { CommandContext } from "../arguments/command-context.ts";
import { exitCodes } from "../errors/exit-codes.ts";
import { outputPath } from "../output/output-pattern.ts";
import { jsonText } from "../terminal/json-text.ts";
import type { Server } from "./connect.ts";
import type { EditJob } from "./edit-job.ts";
import type { Warning } from "./edit-report.ts";

function outputsOf({ output, count }: EditJob): string[] {
  if (output === undefined) return ["-"];
  const extension = output.askedExtension ?? "png";
  return Array.from({ length: count }, (_, index) => outputPath(output, { index, count, extension }));
}

function fieldsOf(params: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown = Object.entries(params).filter(
    ([name, value]) => value !== undefined && name !== "image" && name !== "mask",
  );
  return Object.fromEntries(shown);
}

/** Shows what would be sent and written. */
export function describeDryRun(
  jobs: readonly EditJob[],
  warnings: readonly Warning[],
  { client, isMock }: Server,
  { terminal, json }: CommandContext,
): number {
  for (const { message } of warnings) terminal.warn(message);
  const edits = jobs.map((job) => ({
    server: client.server,
    images: job.inputs.map(({ label }) => label),
    mask: job.params["mask"] !== undefined,
    fields: fieldsOf(job.params),
    outputs: outputsOf(job),
    worstCaseUsd: client.worstCaseUsd(job.params),
  }));
  if (json) {
    terminal.data(jsonText({ dryRun: true, images: [], warnings, edits }, 2));
    return exitCodes.ok;
  }
  for (const edit of edits) {
    terminal.data(`${edit.images.join(", ")} -> ${edit.outputs.join(", ")}`);
    const fields = Object.entries(edit.fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    const cost =
      edit.worstCaseUsd === undefined ? "price unknown" : `at most USD ${edit.worstCaseUsd.toFixed(3)}`;
    terminal.note(
      `  ${fields.join(" ")}${edit.mask ? " with a mask" : ""}, to ${isMock ? "the mock" : edit.server}, ${cost}`,
    );
  }
  terminal.note("Dry run: nothing was sent.");
  return exitCodes.ok;
}
