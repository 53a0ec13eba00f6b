import path from "node:path";
import type { EditRecord } from "./edit-record.ts";
import type { FoldedJournal } from "./fold-journal.ts";
import { attemptOf, type StoredResponse, type StoredResponses } from "./responses.ts";

/** Returns where the response of the last attempt of an edit is: its directory may have been moved. */
export function plannedResponse({ id, plan }: EditRecord, directory: string): string {
  return path.join(directory, plan === undefined ? `${id}.answer` : attemptOf(plan.responseFile));
}

/** Returns whether the paths in the record of an edit are those of an attempt: another one may have failed since. */
export function isOfAttempt({ response, plan }: EditRecord, file: string): boolean {
  return attemptOf(response ?? plan?.responseFile ?? file) === attemptOf(file);
}

/** Returns which attempts have their images in place: only what they have left on the disk may be removed. */
export async function savedAttempts(
  responses: StoredResponses,
  journal: FoldedJournal,
): Promise<ReadonlySet<string>> {
  const saved = new Set<string>();
  const ids = new Set<string>();
  for (const id of responses.keys()) if (journal.stateOf(id)?.phase === "saved") ids.add(id);
  if (ids.size === 0) return saved;
  await journal.eachLine(({ entry, state }) => {
    if (entry.type !== "saved" || !ids.has(entry.id)) return;
    // In old versions every attempt had this name.
    const shared = `${entry.id}.answer`;
    const { response = shared } = entry;
    if (response !== shared || !state.hasEarlier) saved.add(response);
  });
  return saved;
}

/** Returns whether an attempt was planned after that of a response. */
export function isEarlierAttempt({ plan }: EditRecord, file: string): boolean {
  return plan !== undefined && attemptOf(plan.responseFile) !== attemptOf(file);
}

/** Returns responses with those of the last attempt first: once it is saved, no earlier one takes it for open. */
export function lastFirst<T extends StoredResponse>(
  responses: readonly T[],
  record: EditRecord | undefined,
): readonly T[] {
  if (record === undefined) return responses;
  const isEarlier = ({ file }: T) => isEarlierAttempt(record, file);
  return [...responses.filter((each) => !isEarlier(each)), ...responses.filter(isEarlier)];
}
