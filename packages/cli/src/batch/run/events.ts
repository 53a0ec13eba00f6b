import type { EditReport } from "../../edit/edit-report.ts";
import { toErrorDocument } from "../../errors/print-error.ts";
import { sanitizeText, toSafeJson } from "../../terminal/sanitize-text.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import type { BatchRow } from "../manifest/batch-row.ts";
import type { BatchCounts } from "./progress.ts";

/** Events of a run: one JSON line each with `--json`, otherwise the written paths on stdout. */
export interface BatchEvents {
  saved(row: Pick<BatchRow, "id" | "line">, report: EditReport, sent: boolean): void;
  failed(
    row: Pick<BatchRow, "id" | "line">,
    report: EditReport,
    status: "failed" | "unknown" | "unwritten",
  ): void;
  /** A row is sent again: its previous, unreadable response was moved to this path. */
  setAside(responseFile: string): void;
  done(counts: BatchCounts, exitCode: number): void;
}

/** Creates the event printer of a run. */
export function createEvents(terminal: Terminal, json: boolean): BatchEvents {
  const write = (event: Record<string, unknown>) => terminal.data(toSafeJson(event));
  return {
    saved(row, { images, usage, usd, requestId, warnings, isRescued }, sent) {
      const { id, line } = row;
      if (json) write({ event: "saved", id, line, sent, images, usage, usd, requestId, warnings });
      else for (const { path } of images) terminal.path(path);
      for (const { code, message } of warnings)
        if (isRescued === true || code === "sent_again") terminal.warn(`${id}: ${message}`);
    },
    failed(row, { failure, images }, status) {
      if (failure === undefined) return;
      const { id, line } = row;
      const error = toErrorDocument(failure.error, failure.exitCode, failure);
      if (json) write({ event: status, id, line, images, error });
      else for (const { path } of images) terminal.path(path);
      terminal.warn(`${id}: ${error.message}`);
      for (const url of failure.urls) terminal.verbatim(sanitizeText(url));
      if (failure.rawAnswer !== undefined) terminal.verbatim(failure.rawAnswer);
    },
    setAside(responseFile) {
      terminal.note("Sent again because of `--retry-unknown`; the previous response stays at:");
      terminal.verbatim(responseFile);
    },
    done({ spending, finished: _, running: __, ...counts }, exitCode) {
      if (json) write({ event: "done", ...counts, usd: spending.usd, unpriced: spending.unpriced, exitCode });
    },
  };
}
