import type { BatchRunFlags } from "../../arguments/batch-run-flags.ts";
import type { FoundClaim } from "../../journal/claims/claim-file.ts";
import type { ClaimStore } from "../../journal/claims/claims.ts";
import { isSameProcess } from "../../journal/claims/owner.ts";
import { removeResolved } from "../../journal/claims/remove-resolved.ts";
import { type EditState, isUnresolved } from "../../journal/edit-record.ts";
import type { Resolution } from "../../journal/find-resolution.ts";
import type { FoldedJournal } from "../../journal/fold-journal.ts";
import type { System } from "../../journal/system.ts";
import { resolvedByJournal } from "../../journal/unfinished-edits.ts";

/** What the claims of other edits mean for the rows of a manifest. */
export interface ClaimedRequests {
  /** Keys of rows that another process is sending. */
  readonly inFlight: ReadonlySet<string>;
  /** Keys of requests that are unresolved in another manifest, a single edit, or another state directory. */
  readonly unresolved: ReadonlySet<string>;
}

/** Reads all claims once, and removes those that a killed run left of rows that are resolved; a dry run only reads. */
export async function findClaimed(
  claims: ClaimStore | undefined,
  history: FoldedJournal,
  { dryRun }: Pick<BatchRunFlags, "dryRun">,
  system: System,
): Promise<ClaimedRequests> {
  const inFlight = new Set<string>();
  const unresolved = new Set<string>();
  const findElsewhere = resolvedByJournal(system);
  for (const claim of (await claims?.find()) ?? []) {
    const { id, request, content } = claim;
    if (claim.inFlight) {
      inFlight.add(id);
      continue;
    }
    const isOurs = content?.journal === history.file && !(await isOfOtherMachine(claim, history));
    const own = isOurs ? history.stateOf(id) : undefined;
    let resolution: Resolution | undefined;
    // Without content, its process was killed before it wrote the claim, and so before it sent anything.
    if (content === undefined) resolution = {};
    else if (own !== undefined) resolution = await resolutionIn(history, id, own, system);
    // Its process was killed before it recorded the row, and so before it sent anything.
    else if (isOurs && content.state === "held") resolution = {};
    else if (content.state !== "left") resolution = await findElsewhere(claim);
    if (resolution !== undefined) {
      if (!dryRun) await removeResolved(claim, resolution, system);
    }
    // The journal of this manifest says what happens with its own rows.
    else if (own === undefined) unresolved.add(request);
  }
  return { inFlight, unresolved };
}

/** Returns how a row of this manifest was resolved; undefined if it may be billed. */
async function resolutionIn(
  history: FoldedJournal,
  id: string,
  state: EditState,
  { clock }: System,
): Promise<Resolution | undefined> {
  if (isUnresolved(state)) return undefined;
  if (state.phase !== "saved") return {};
  const record = await history.read(id);
  const { files = [], isRescued, at = new Date(clock.now()).toISOString() } = record ?? {};
  return { saved: { at, files, isRescued } };
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
