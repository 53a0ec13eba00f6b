import { type FoundClaim, removeClaim } from "../../journal/claims/claim-file.ts";
import type { ClaimStore } from "../../journal/claims/claims.ts";
import { isSameProcess } from "../../journal/claims/owner.ts";
import { isUnresolved } from "../../journal/edit-record.ts";
import type { FoldedJournal } from "../../journal/fold-journal.ts";
import type { SavedIndex } from "../../journal/saved-index.ts";
import type { System } from "../../journal/system.ts";
import { resolvedByJournal } from "../../journal/unfinished-edits.ts";

/** What the claims of other edits mean for the rows of a manifest. */
export interface ClaimedRequests {
  /** Keys of rows that another process is sending. */
  readonly inFlight: ReadonlySet<string>;
  /** Keys of requests that are unresolved in another manifest, a single edit, or another state directory. */
  readonly unresolved: ReadonlySet<string>;
}

/** Reads all claims once, and removes those that a killed run left of rows that are resolved. */
export async function findClaimed(
  claims: ClaimStore | undefined,
  history: FoldedJournal,
  system: System,
  saved?: SavedIndex,
): Promise<ClaimedRequests> {
  const inFlight = new Set<string>();
  const unresolved = new Set<string>();
  const isResolvedElsewhere = resolvedByJournal(system);
  for (const claim of (await claims?.find()) ?? []) {
    const { id, request, content } = claim;
    if (claim.inFlight) {
      inFlight.add(id);
      continue;
    }
    const isOurs = content?.journal === history.file && !(await isOfOtherMachine(claim, history));
    const own = isOurs ? history.stateOf(id) : undefined;
    let isResolved: boolean;
    // Without its line in the index, only the claim keeps another machine from sending what is saved.
    if (own?.phase === "saved" && !(await addToIndex(claim, history, system, saved))) continue;
    if (own !== undefined) isResolved = !isUnresolved(own);
    // Its process was killed before it recorded the row, and so before it sent anything.
    else if (isOurs && content.state === "held") isResolved = true;
    else isResolved = content?.state !== "left" && (await isResolvedElsewhere(claim));
    // Without content, its process was killed before it wrote the claim, and so before it sent anything.
    if (content === undefined || isResolved) await removeClaim(claim, system);
    // The journal of this manifest says what happens with its own rows.
    else if (own === undefined) unresolved.add(request);
  }
  return { inFlight, unresolved };
}

/**
 * Adds a saved row to the index once more: its process was killed, or the disk was full, between its record and its line there.
 * Returns false if that is not possible now.
 */
async function addToIndex(
  { request, id }: FoundClaim,
  history: FoldedJournal,
  { clock }: System,
  saved: SavedIndex | undefined,
): Promise<boolean> {
  const record = await history.read(id);
  const { files = [], isRescued, at = new Date(clock.now()).toISOString() } = record ?? {};
  const adding = saved?.add({ request, id, at, files, isRescued }) ?? Promise.resolve();
  return adding.then(
    () => true,
    () => false,
  );
}

/**
 * Returns whether a claim beside the manifest is of a machine whose journal has the same path: what the journal here says
 * of an attempt of its own says nothing of that one.
 */
async function isOfOtherMachine({ id, content }: FoundClaim, history: FoldedJournal): Promise<boolean> {
  const own = history.stateOf(id);
  if (content === undefined || content.state === "held" || own === undefined) return false;
  if (isUnresolved(own) || own.phase === "saved" || own.phase === "dismissed") return false;
  const plan = (await history.read(id))?.plan;
  return plan !== undefined && !isSameProcess(plan.owner, content);
}
