import type { Resolution } from "../find-resolution.ts";
import type { System } from "../system.ts";
import { type ClaimRequest, type FoundClaim, findClaims, isUnchanged } from "./claim-file.ts";
import { removeResolved } from "./remove-resolved.ts";

/** How often claims are read again that changed meanwhile. */
const maxRounds = 5;

/**
 * Returns a claim of a directory that forbids to send a request, and removes those of resolved ones. The look at a process that
 * this one cannot see may take seconds, in which it may end, or another one may take its place that says what the ended
 * one may have sent: then all are read again.
 */
export async function findUnresolved(
  directory: string,
  own: ClaimRequest,
  resolutionOf: (claim: FoundClaim) => Promise<Resolution | undefined>,
  system: System,
): Promise<FoundClaim | undefined> {
  for (let round = 1; ; round++) {
    let changed: FoundClaim | undefined;
    for (const claim of await findClaims(directory, own.request, system)) {
      // Rows of one manifest with the same request are variants, also if another machine with this path runs it.
      if (claim.id === own.id || claim.content?.journal === own.journal) continue;
      const resolution = await resolutionOf(claim);
      if (resolution === undefined) return claim;
      if (!claim.inFlight) await removeResolved(claim, resolution, system);
      else if (!(await isUnchanged(claim, system))) changed = claim;
    }
    if (changed === undefined || round === maxRounds) return changed;
  }
}
