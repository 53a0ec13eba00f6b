import type { CommandContext } from "../arguments/command-context.ts";
import { reportFailure } from "../errors/print-error.ts";
import type { EditReport } from "./edit-report.ts";

/** Tells what became of an edit: paths on stdout, the rest on stderr. */
export function reportEdit(report: EditReport, { terminal, json, parsed }: CommandContext): void {
  for (const { message } of report.warnings) terminal.warn(message);
  const asked = parsed.values["output"];
  for (const image of report.images) {
    if (image.path === "-") continue;
    if (asked === "-") {
      terminal.warn(`More than one picture came, and stdout takes one: the others are in files.`);
      terminal.verbatim(image.path);
      continue;
    }
    if (!json) terminal.path(image.path);
    const wanted = typeof asked === "string" ? /\.([a-z]+)$/i.exec(asked)?.[1]?.toLowerCase() : undefined;
    const got = /\.([a-z]+)$/i.exec(image.path)?.[1]?.toLowerCase();
    const pictures = ["png", "jpg", "jpeg", "webp", "gif", "avif"];
    if (wanted !== undefined && pictures.includes(wanted) && got !== wanted) {
      terminal.note(
        `The server answered with ${image.mediaType ?? "another format"}, so the file is ${image.path}.`,
      );
    }
    if (image.drift !== undefined) {
      const share = (image.drift.changedShare * 100).toFixed(1);
      terminal.note(
        `Outside the mask the model had changed ${share} % of the pixels (by ${image.drift.meanDifference.toFixed(1)} of 255 on average); the original's are back.`,
      );
    }
  }
  const { usage, failure } = report;
  if (failure !== undefined) {
    reportFailure(terminal, failure.error, failure);
  } else if (usage?.totalTokens !== undefined) terminal.note(`Tokens: ${usage.totalTokens}`);
}
