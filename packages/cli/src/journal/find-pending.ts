import type { TaskEvent } from "@retouch/client/node";
import type { ClaimStore } from "./claims/claims.ts";
import type { EditRecord } from "./edit-record.ts";
import { foldJournal } from "./fold-journal.ts";
import { type EditFiles, editFiles } from "./state-directory.ts";

/** A single edit whose task the server still has. */
export interface PendingEdit {
  readonly record: EditRecord;
  readonly task: TaskEvent;
  readonly request: string;
  readonly files: EditFiles;
}

/** Finds the task that an ended process has left of a request. A row of a batch is finished by its manifest. */
export async function findPendingEdit(
  request: string,
  claims: ClaimStore | undefined,
): Promise<PendingEdit | undefined> {
  // What cannot be read is reported when the request is claimed.
  const found = await claims?.find(request).catch(() => []);
  for (const { id, content, inFlight } of found ?? []) {
    const files = editFiles(id);
    if (inFlight || content?.journal !== files.journal) continue;
    const record = await foldJournal(files.journal).then(
      (folded) => folded.read(id),
      () => undefined,
    );
    if (record?.phase === "pending" && record.task !== undefined)
      return { record, task: record.task, request, files };
  }
  return undefined;
}
