import { randomBytes } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { isUnresolved } from "./edit-record.ts";
import { foldJournal } from "./fold-journal.ts";

/** The environment that the state directory depends on. */
export interface StateDirectoryOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

/**
 * Returns the directory of journals and kept responses: `RETOUCH_STATE_DIR`, `XDG_STATE_HOME/retouch`, else the
 * platform's own (`~/.local/state`, `~/Library/Application Support`, `%LOCALAPPDATA%`). Always absolute.
 */
export function stateDirectory(
  { env, platform, home }: StateDirectoryOptions = {
    env: process.env,
    platform: process.platform,
    home: homedir(),
  },
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
export function claimsDirectory(root = stateDirectory()): string {
  return path.join(root, "claims");
}

/** Returns the directory of the index of saved requests. */
export function savedDirectory(root = stateDirectory()): string {
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

/** Returns the directory of single edits. */
function editsDirectory(): string {
  return path.join(stateDirectory(), "edits");
}

/** Returns the paths of an edit by its id. */
export function editFiles(id: string): EditFiles {
  const directory = editsDirectory();
  return { id, journal: path.join(directory, `${id}.jsonl`), response: path.join(directory, `${id}.answer`) };
}

/** Returns the paths of a new edit. Its id starts with the time, so that ids sort by age. */
export function newEditFiles(now = new Date()): EditFiles {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, "");
  return editFiles(`${time}-${randomBytes(4).toString("hex")}`);
}

/** Lists the ids of all edits that have a journal, oldest first. */
export async function listEditIds(): Promise<string[]> {
  const names = await readdir(editsDirectory()).catch(() => []);
  return names
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => name.slice(0, -".jsonl".length))
    .sort();
}

/**
 * Removes journals of edits that ended more than 30 days ago. One that may be billed, or still has a response on disk, is
 * kept until `retouch recover` writes or dismisses it.
 */
export async function pruneEdits(now = Date.now()): Promise<void> {
  let pruned = 0;
  for (const id of await listEditIds()) {
    // The ids start with the time, so the first recent one ends the search.
    if (ageOf(id, now) < retentionDays * dayMs || pruned >= prunedAtOnce) return;
    const files = editFiles(id);
    const hasResponse = await stat(files.response).then(
      () => true,
      () => false,
    );
    if (hasResponse || (await hasUnresolved(files.journal))) continue;
    await rm(files.journal, { force: true });
    pruned++;
  }
}

function ageOf(id: string, now: number): number {
  const time = id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*$/, "$1-$2-$3T$4:$5:$6Z");
  const at = Date.parse(time);
  return Number.isNaN(at) ? 0 : now - at;
}

async function hasUnresolved(journal: string): Promise<boolean> {
  try {
    const folded = await foldJournal(journal);
    for await (const _ of folded.readAll(isUnresolved)) return true;
    return false;
  } catch {
    // A journal of another version is not ours to remove.
    return true;
  }
}
