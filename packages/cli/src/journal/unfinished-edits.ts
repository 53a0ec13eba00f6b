import path from "node:path";
import { CliError } from "../errors/cli-error.ts";
import { plannedResponse, savedAttempts } from "./attempts.ts";
import { batchesDirectory, besideManifest } from "./batch-store.ts";
import type { FoundClaim } from "./claims/claim-file.ts";
import { type ClaimStore, type FindResolution, openClaims } from "./claims/claims.ts";
import { livenessOf } from "./claims/owner.ts";
import { lockOwner } from "./claims/run-lock.ts";
import { type EditRecord, isOpen, isUnresolved } from "./edit-record.ts";
import { findResolution } from "./find-resolution.ts";
import { foldJournal } from "./fold-journal.ts";
import { appendEntry } from "./journal.ts";
import { findResponses, type StoredResponse, type StoredResponses } from "./responses.ts";
import { claimsDirectory, editFiles, editsDirectory, listEditIds } from "./state-directory.ts";
import { type System, sizeOf } from "./system.ts";

/** An edit that was sent but not saved, or of which another attempt has left its response. */
export interface UnfinishedEdit {
  readonly record: EditRecord;
  readonly journal: string;
  /** The lock of the batch, which a run holds while it writes the journal. */
  readonly lock?: string | undefined;
  /** Where the response of its last attempt is, once it arrives; each poll of its task has a file of its own beside it. */
  readonly responseFile: string;
  /** What is stored of attempts whose images are not saved. */
  readonly responses: readonly (StoredResponse & { readonly byteLength: number })[];
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
  /** Files of responses whose images are saved, left by processes that were killed then. */
  readonly leftovers: readonly string[];
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
  const leftovers: string[] = [];
  const claims = await openOwnClaims(system).find();
  const inFlight = new Set(claims.filter((claim) => claim.inFlight).map(({ id }) => id));
  /** One journal or directory that cannot be read must not hide the others. */
  async function attempt<T>(work: Promise<T>): Promise<T | undefined> {
    return work.catch((error: unknown) => {
      if (!(error instanceof CliError)) throw error;
      problems.push(error);
      return undefined;
    });
  }
  async function search(journal: string, stored: StoredResponses, lock?: string): Promise<void> {
    const found = await attempt(findUnfinishedIn({ journal, stored, lock, inFlight }, system));
    edits.push(...(found?.edits ?? []));
    leftovers.push(...(found?.leftovers ?? []));
  }
  // Before the journals: what is saved meanwhile is recorded there.
  const stored = await attempt(findResponses(editsDirectory(system), system));
  for (const id of await listEditIds(system)) {
    const own = stored?.get(id);
    await search(editFiles(id, system).journal, new Map(own && [[id, own]]));
  }
  for (const name of await system.files.readdir(batchesDirectory(system)).catch(() => [])) {
    const directory = path.join(batchesDirectory(system), name);
    const inBatch = await attempt(findResponses(directory, system));
    await search(path.join(directory, "journal.jsonl"), inBatch ?? new Map(), path.join(directory, "lock"));
  }
  const known = new Set(edits.map(({ record }) => record.id));
  return { edits, claims: claims.filter(({ id }) => !known.has(id)), problems, leftovers };
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
    if ((await findResponses(editsDirectory(system), system)).has(id)) continue;
    await appendEntry(files.journal, { type: "dismissed", id }, system);
    await claims.resolve(request, id);
  }
}

interface Search {
  readonly journal: string;
  readonly stored: StoredResponses;
  readonly lock?: string | undefined;
  /** Ids of edits that have a claim of a process that runs. */
  readonly inFlight: ReadonlySet<string>;
}

async function findUnfinishedIn(
  { journal, stored, lock, inFlight }: Search,
  system: System,
): Promise<Pick<UnfinishedEdits, "edits" | "leftovers">> {
  const folded = await foldJournal(journal, undefined, system);
  const saved = await savedAttempts(stored, folded);
  const isHeld = lock !== undefined && (await lockOwner(lock, system)) !== undefined;
  const edits: UnfinishedEdit[] = [];
  async function add(record: EditRecord): Promise<void> {
    const responseFile = plannedResponse(record, path.dirname(journal));
    const responses = [];
    for (const response of stored.get(record.id) ?? []) {
      if (saved.has(response.attempt)) continue;
      responses.push({ ...response, byteLength: await sizeOf(response.file, system) });
    }
    if (!isUnresolved(record) && !responses.some(({ byteLength }) => byteLength > 0)) return;
    const running = isHeld || (isOpen(record) && (await isOwnerRunning(record, inFlight, system)));
    edits.push({ record, journal, lock, responseFile, responses, running });
  }
  for await (const record of folded.readAll(isUnresolved)) await add(record);
  // A process that was stopped may store its response after another one has resolved the edit.
  for (const id of stored.keys()) {
    const state = folded.stateOf(id);
    const record = state === undefined || isUnresolved(state) ? undefined : await folded.read(id);
    if (record !== undefined) await add(record);
  }
  const leftovers = isHeld ? [] : [...stored.values()].flat().filter(({ attempt }) => saved.has(attempt));
  return { edits, leftovers: leftovers.map(({ file }) => file) };
}

async function isOwnerRunning(
  { plan, id }: EditRecord,
  inFlight: ReadonlySet<string>,
  { processes }: System,
): Promise<boolean> {
  const liveness = plan === undefined ? "ended" : await livenessOf(plan.owner, processes);
  return liveness === "unseen" ? inFlight.has(id) : liveness === "running";
}
