import { homedir } from "node:os";
import path from "node:path";
import { fileTime } from "./claims/file-time.ts";
import { isUnresolved } from "./edit-record.ts";
import { foldJournal } from "./fold-journal.ts";
import { findResponses, type StoredResponses } from "./responses.ts";
import { removeFile, type System } from "./system.ts";

/**
 * Returns the directory of journals and kept responses: `RETOUCH_STATE_DIR`, `XDG_STATE_HOME/retouch`, else the
 * platform's own (`~/.local/state`, `~/Library/Application Support`, `%LOCALAPPDATA%`). Always absolute.
 */
export function stateDirectory(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
  home = homedir(),
): string {
  const own = env["RETOUCH_STATE_DIR"];
  if (own !== undefined && own !== "") return path.resolve(own);
  const xdg = env["XDG_STATE_HOME"];
  // Relative paths are ignored: https://specifications.freedesktop.org/basedir-spec/latest/
  if (xdg !== undefined && path.isAbsolute(xdg)) return path.join(xdg, "retouch");
  if (platform === "darwin") return path.join(home, "Library", "Application Support", "retouch");
  if (platform === "win32") {
    return path.join(env["LOCALAPPDATA"] ?? path.join(home, "AppData", "Local"), "retouch");
  }
  return path.join(home, ".local", "state", "retouch");
}

/** Returns the directory of the claims of this machine. */
export function claimsDirectory(root: string): string {
  return path.join(root, "claims");
}

/** Returns the directory of the index of saved requests. */
export function savedDirectory(root: string): string {
  return path.join(root, "saved");
}

/** Paths of the journal and the kept response of a single edit. */
export interface EditFiles {
  readonly id: string;
  readonly journal: string;
  readonly response: string;
}

const dayMs = 86_400_000;
const retentionDays = 30;
const prunedAtOnce = 200;

type Place = Pick<System, "stateDirectory">;

/** Returns the directory of single edits. */
export function editsDirectory(system: Place): string {
  return path.join(system.stateDirectory, "edits");
}

/** Returns the paths of an edit by its id. */
export function editFiles(id: string, system: Place): EditFiles {
  const directory = editsDirectory(system);
  return { id, journal: path.join(directory, `${id}.jsonl`), response: path.join(directory, `${id}.answer`) };
}

/** Returns the paths of a new edit. Its id starts with the time, so that ids sort by age. */
export function newEditFiles(system: System): EditFiles {
  const time = new Date(system.clock.now()).toISOString().replace(/[-:]|\.\d+/g, "");
  return editFiles(`${time}-${system.randomHex(4)}`, system);
}

/** Lists the ids of all edits that have a journal, oldest first. */
export async function listEditIds(system: System): Promise<string[]> {
  const names = await system.files.readdir(editsDirectory(system)).catch(() => []);
  return names
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => name.slice(0, -".jsonl".length))
    .sort();
}

/**
 * Removes journals of edits that ended more than 30 days ago. One that may be billed, or still has a response on disk, is
 * kept until `retouch recover` writes or dismisses it.
 */
export async function pruneEdits(system: System): Promise<void> {
  const now = system.clock.now();
  let fileNow: number | undefined;
  let stored: StoredResponses | undefined;
  let pruned = 0;
  for (const id of await listEditIds(system)) {
    // The ids start with the time, so the first recent one ends the search.
    if (ageOf(id, now) < retentionDays * dayMs || pruned >= prunedAtOnce) return;
    const files = editFiles(id, system);
    fileNow ??= await fileTime(editsDirectory(system), system);
    // A clock that was wrong, here or where the edit started, must not take the journal of one that is about to be sent.
    const changed = await system.files.stat(files.journal).catch(() => undefined);
    if (changed === undefined || fileNow === undefined) continue;
    if (fileNow - changed.mtimeMs < retentionDays * dayMs) continue;
    stored ??= await findResponses(editsDirectory(system), system);
    if (stored.has(id) || (await hasUnresolved(files.journal, system))) continue;
    await removeFile(files.journal, system);
    pruned++;
  }
}

function ageOf(id: string, now: number): number {
  const time = id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*$/, "$1-$2-$3T$4:$5:$6Z");
  const at = Date.parse(time);
  return Number.isNaN(at) ? 0 : now - at;
}

async function hasUnresolved(journal: string, system: System): Promise<boolean> {
  try {
    const folded = await foldJournal(journal, undefined, system);
    for await (const _ of folded.readAll(isUnresolved)) return true;
    return false;
  } catch {
    // A journal of another version is not ours to remove.
    return true;
  }
}
