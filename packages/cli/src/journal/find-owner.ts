import { readFile } from "node:fs/promises";
import { type OutputPattern, possiblePaths } from "../output/output-pattern.ts";
import type { SavedFile } from "./journal-entry.ts";
import { editFiles, listEditIds } from "./state-directory.ts";

/** How an edit that wrote a file ended: its response was broken, or it has not ended for its journal. */
export type FileOwner = "rescued" | "unfinished";

/** Journals that are read, the newest first: an older file was not written by a run that is repeated. */
const maxJournals = 500;

/** Finds out whether one of the files belongs to an edit that may be billed although it failed: it must not be repeated. */
export async function findOwner(files: readonly string[]): Promise<FileOwner | undefined> {
  const wanted = new Set(files);
  const ids = await listEditIds();
  for (const id of ids.slice(-maxJournals).reverse()) {
    const text = await readFile(editFiles(id).journal, "utf8").catch(() => "");
    const owner = ownerIn(text, wanted);
    if (owner !== undefined) return owner;
  }
  return undefined;
}

function ownerIn(journal: string, wanted: ReadonlySet<string>): FileOwner | undefined {
  const entries = journal
    .split("\n")
    .map(parseEntry)
    .filter((entry) => entry !== undefined);
  const plan = entries.findLast((entry) => entry["type"] === "planned");
  const last = entries.at(-1);
  const isHere = (paths: unknown): boolean =>
    Array.isArray(paths) && paths.some((file) => typeof file === "string" && wanted.has(file));
  if (last?.["type"] === "saved") {
    const files = last["files"] as readonly SavedFile[]; // as this program wrote it
    return last["isRescued"] === true && isHere(files.map((file) => file.path)) ? "rescued" : undefined;
  }
  const isOpen =
    last?.["type"] === "sent" ||
    last?.["type"] === "task" ||
    (last?.["type"] === "failed" && last["outcome"] === "unknown");
  if (!isOpen || plan === undefined) return undefined;
  const planned = possiblePaths(plan["output"] as OutputPattern, Number(plan["count"])); // as planned
  return isHere(last["paths"]) || isHere(planned) ? "unfinished" : undefined;
}

type Entry = Readonly<Record<string, unknown>>;

function parseEntry(line: string): Entry | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "object" && entry !== null ? (entry as Entry) : undefined; // as this program wrote it
  } catch {
    // The last line of a process that was killed.
    return undefined;
  }
}
