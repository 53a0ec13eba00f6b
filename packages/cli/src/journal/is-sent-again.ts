import { parseEntry } from "./journal.ts";
import type { JournalEntry } from "./journal-entry.ts";
import { attemptOf } from "./responses.ts";
import type { System } from "./system.ts";
import { readLines } from "./tables/read-lines.ts";

/**
 * Returns whether an edit was sent again after the attempt of a response, and may be billed for that. The journal is read only
 * where another process may have sent it: it lost its claim, or a response is not that of the last attempt.
 */
export async function isSentAgain(
  file: string,
  id: string,
  response: string,
  { files }: Pick<System, "files">,
): Promise<boolean> {
  const own = attemptOf(response);
  const open = new Set<string>();
  let last = own;
  const fold = (entry: JournalEntry): void => {
    if (entry.type === "planned") last = attemptOf(entry.responseFile);
    // What came before is closed by the images of this attempt.
    if (entry.type === "dismissed" || last === own) open.clear();
    // What is planned may be sent next.
    else if (entry.type === "planned" || (entry.type === "sent" && entry.isOfOther !== true)) open.add(last);
    else if (isEnd(entry)) open.delete(attemptNamed(entry) ?? last);
  };
  try {
    await readLines(
      file,
      {},
      (line, at) => {
        const entry = at > 0 && line.includes(id) ? parseEntry(line) : undefined;
        if (entry?.id === id) fold(entry);
      },
      files,
    );
  } catch {
    // What cannot be read may have been sent.
    return true;
  }
  return open.size > 0;
}

/** Returns whether an entry says that an attempt is saved, or cannot have been billed. */
function isEnd(entry: JournalEntry): boolean {
  if (entry.type === "failed") return entry.outcome === "not-sent" || entry.outcome === "rejected";
  return entry.type === "refused" || entry.type === "saved";
}

function attemptNamed(entry: JournalEntry): string | undefined {
  return entry.type === "failed" || entry.type === "saved" ? entry.response : undefined;
}
