import path from "node:path";
import type { Resolution } from "../find-resolution.ts";
import { openSavedIndex } from "../saved-index.ts";
import { savedDirectory } from "../state-directory.ts";
import type { System } from "../system.ts";
import { type FoundClaim, removeClaim } from "./claim-file.ts";

/**
 * Removes the claim of a resolved request. A saved one is added to the index beside the claim first: its process may have been
 * killed before that, or another one saved it that does not know this index. Without either, a process that shares only this
 * directory would send the request again. So a claim that cannot be replaced stays.
 */
export async function removeResolved(
  claim: FoundClaim,
  { saved }: Resolution,
  system: System,
): Promise<void> {
  try {
    if (saved !== undefined) await list(claim, saved, system);
    await removeClaim(claim, system);
  } catch {
    // The disk is full or read-only. Its request is resolved all the same: the next command tries again.
  }
}

async function list(
  { request, id, file }: FoundClaim,
  saved: NonNullable<Resolution["saved"]>,
  system: System,
): Promise<void> {
  const index = openSavedIndex([savedDirectory(rootOf(file))], system);
  const known = await index.find(request);
  if (!known.some((edit) => edit.id === id)) await index.add({ request, id, ...saved });
}

/** Returns the directory that has both the claims and the index of saved requests. */
function rootOf(claimFile: string): string {
  const shard = path.dirname(claimFile);
  return path.dirname(path.dirname(shard));
}
