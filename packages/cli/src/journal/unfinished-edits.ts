import path from "node:path";
import { CliError } from "../errors/cli-error.ts";
import { batchesDirectory, besideManifest } from "./batch-store.ts";
import type { FoundClaim } from "./claims/claim-file.ts";
import { type ClaimStore, type FindResolution, openClaims } from "./claims/claims.ts";
import { livenessOf } from "./claims/owner.ts";
import { lockOwner } from "./claims/run-lock.ts";
import { type EditRecord, isOpen, isUnresolved } from "./edit-record.ts";
import { findResolution } from "./find-resolution.ts";
import { foldJournal } from "./fold-journal.ts";
import { appendEntry } from "./journal.ts";
import { claimsDirectory, editFiles, listEditIds } from "./state-directory.ts";
import type { System } from "./system.ts";

/** An edit that was sent but not saved. */
export interface UnfinishedEdit {
  readonly record: EditRecord;
  readonly journal: string;
  /** The lock of the batch, which a run holds while it writes the journal. */
  readonly lock?: string | undefined;
  readonly responseFile: string;
  readonly responseBytes: number;
  /** Whether a process is working on it: its own, or a later run of its batch. */
  readonly running: boolean;
}

/** Everything that was sent but not saved. */
export interface UnfinishedEdits {
  readonly edits: readonly UnfinishedEdit[];
  /** Claims whose journal is elsewhere, such as those of another state directory beside a manifest; an edit may have several. */
  readonly claims: readonly FoundClaim[];
  /** Journals that could not be read. */
  readonly problems: readonly CliError[];
}

/** Opens the claims of this machine, and those beside manifests in the working directory. */
export function openOwnClaims(system: System): ClaimStore {
  const roots = [system.stateDirectory, besideManifest(system.workingDirectory)];
  return openClaims(roots.map(claimsDirectory), resolvedByJournal(system), system);
}

/** Creates a function that returns how the request of a claim was resolved, by its journal. */
export function resolvedByJournal(system: System): FindResolution {
  return ({ content, id }) => {
    const owner = content?.state === "held" ? undefined : content;
    return findResolution(content?.journal ?? editFiles(id, system).journal, id, owner, system);
  };
}

/** Finds, in every journal of this machine, edits that were sent but neither saved nor rejected. */
export async function findUnfinishedEdits(system: System): Promise<UnfinishedEdits> {
  const edits: UnfinishedEdit[] = [];
  const problems: CliError[] = [];
  const claims = await openOwnClaims(system).find();
  const inFlight = new Set(claims.filter((claim) => claim.inFlight).map(({ id }) => id));
  async function search(
    journal: string,
    responseFileOf: (id: string) => string,
    lock?: string,
  ): Promise<void> {
    try {
      edits.push(...(await findUnfinishedIn({ journal, responseFileOf, lock, inFlight }, system)));
    } catch (error) {
      // One journal that cannot be read must not hide the others.
      if (!(error instanceof CliError)) throw error;
      problems.push(error);
    }
  }
  for (const id of await listEditIds(system)) {
    const files = editFiles(id, system);
    await search(files.journal, () => files.response);
  }
  for (const name of await system.files.readdir(batchesDirectory(system)).catch(() => [])) {
    const directory = path.join(batchesDirectory(system), name);
    const responseFileOf = (id: string) => path.join(directory, `${id}.answer`);
    await search(path.join(directory, "journal.jsonl"), responseFileOf, path.join(directory, "lock"));
  }
  const known = new Set(edits.map(({ record }) => record.id));
  return { edits, claims: claims.filter(({ id }) => !known.has(id)), problems };
}

/**
 * Closes the records of earlier attempts that a person has resent. An attempt with a stored response stays: it has images
 * of its own.
 */
export async function dismissSuperseded(earlier: readonly FoundClaim[], system: System): Promise<void> {
  const claims = openOwnClaims(system);
  for (const { request, id, content, inFlight } of earlier) {
    const files = editFiles(id, system);
    // A row of a batch stays unknown, because its next run would send it again.
    if (inFlight || content?.journal !== files.journal) continue;
    // A task has images of its own too.
    if ((await foldJournal(files.journal, undefined, system)).stateOf(id)?.phase === "pending") continue;
    if (await system.files.stat(files.response).catch(() => undefined)) continue;
    await appendEntry(files.journal, { type: "dismissed", id }, system);
    await claims.resolve(request, id);
  }
}

interface Search {
  readonly journal: string;
  readonly responseFileOf: (id: string) => string;
  readonly lock?: string | undefined;
  /** Ids of edits that have a claim of a process that runs. */
  readonly inFlight: ReadonlySet<string>;
}

async function findUnfinishedIn(
  { journal, responseFileOf, lock, inFlight }: Search,
  system: System,
): Promise<UnfinishedEdit[]> {
  const folded = await foldJournal(journal, undefined, system);
  const isHeld = lock !== undefined && (await lockOwner(lock, system)) !== undefined;
  const found: UnfinishedEdit[] = [];
  for await (const record of folded.readAll(isUnresolved)) {
    const responseFile = responseFileOf(record.id);
    const responseBytes = await system.files.stat(responseFile).then(
      ({ size }) => size,
      () => 0,
    );
    const running = isHeld || (isOpen(record) && (await isOwnerRunning(record, inFlight, system)));
    found.push({ record, journal, lock, responseFile, responseBytes, running });
  }
  return found;
}

async function isOwnerRunning(
  { plan, id }: EditRecord,
  inFlight: ReadonlySet<string>,
  { processes }: System,
): Promise<boolean> {
  const liveness = plan === undefined ? "ended" : await livenessOf(plan.owner, processes);
  return liveness === "unseen" ? inFlight.has(id) : liveness === "running";
}
