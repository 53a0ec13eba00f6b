import path from "node:path";
import type { Resolution } from "../find-resolution.ts";
import { errorCode, type LogFile, type System } from "../system.ts";
import { inFlight, takenOver, unresolvedEdit } from "./claim-errors.ts";
import {
  type ClaimContent,
  claimText,
  type FoundClaim,
  findClaims,
  isOwn,
  isStillInFlight,
  readClaim,
  removeOwn,
} from "./claim-file.ts";
import { writeExclusive } from "./heartbeat.ts";
import { moveAside } from "./move-aside.ts";
import { removeResolved } from "./remove-resolved.ts";

/** Options of {@link takeClaim}. */
interface TakeOptions {
  readonly content: ClaimContent;
  /** Takes the place of a claim that may be billed. */
  readonly retryUnknown: boolean;
  /** Returns how the request of an ended process was resolved; undefined if it may be billed. */
  readonly resolutionOf: (claim: FoundClaim) => Promise<Resolution | undefined>;
}

/** A claim file of this process. */
export interface TakenFile {
  readonly handle: LogFile;
  /** Whether it took the place of a claim that may be billed. */
  readonly hasEarlier: boolean;
}

/**
 * Creates a claim file. The claims whose place it takes are moved aside, where they are found as before, and removed
 * once the new one is on the disk and says what they said. So at every moment one of them is there, and only the process
 * that has the name removes any.
 *
 * @throws CliError `unresolved_edit` or `in_flight`
 */
export async function takeClaim(file: string, options: TakeOptions, system: System): Promise<TakenFile> {
  const { content, retryUnknown, resolutionOf } = options;
  const { files } = system;
  const directory = path.dirname(file);
  /** Claims of processes that were seen to have ended: the look may have taken seconds. */
  const ended = new Set<string>();

  /** Returns how the request of an ended claim was resolved; undefined if it may be billed. */
  async function checkEnded(claim: FoundClaim): Promise<Resolution | undefined> {
    const isKnown = ended.has(claim.file);
    if (!isKnown && claim.inFlight && (await isStillInFlight(claim, system))) throw inFlight();
    const resolution = await resolutionOf({ ...claim, inFlight: false });
    if (resolution === undefined && !retryUnknown) throw unresolvedEdit(claim.id);
    return resolution;
  }

  /** Takes over what the claims aside say, and removes them. */
  async function takeOver(handle: LogFile): Promise<boolean> {
    const earlier = await findClaims(directory, `${path.basename(file)}.`, system);
    const resolutions: (Resolution | undefined)[] = [];
    for (const claim of earlier) resolutions.push(await checkEnded(claim));
    const hasEarlier = resolutions.includes(undefined);
    if (hasEarlier) {
      // What an earlier attempt may have sent stays possible.
      const text = Buffer.from(claimText(content, "sent", true));
      await handle.write(text, 0, text.length, 0);
      await handle.sync();
    }
    // Another process may have moved this claim aside too: then that one has the others.
    if (earlier.length > 0 && !(await isOwn(file, content.token, system))) throw takenOver();
    for (const [at, claim] of earlier.entries()) await removeResolved(claim, resolutions[at] ?? {}, system);
    if (hasEarlier) await files.syncDirectory(directory).catch(() => undefined);
    return hasEarlier;
  }

  await files.makeDirectory(directory);
  for (let round = 0; round < 5; round++) {
    const handle = await create(file, claimText(content, "held", false), system);
    if (handle !== undefined) {
      try {
        await files.syncDirectory(directory);
        return { handle, hasEarlier: await takeOver(handle) };
      } catch (error) {
        await handle.close().catch(() => undefined);
        await removeOwn(file, content.token, system).catch(() => undefined);
        throw error;
      }
    }
    const other = await readClaim(file, system);
    if (other === undefined) continue;
    await checkEnded(other);
    const aside = await moveAside(file, other.content?.token, system);
    if (aside !== undefined) ended.add(aside);
  }
  throw inFlight();
}

/** Creates a file; undefined if there is one. */
async function create(file: string, text: string, system: System): Promise<LogFile | undefined> {
  try {
    return await writeExclusive(file, text, system);
  } catch (error) {
    if (errorCode(error) === "EEXIST") return undefined;
    throw error;
  }
}
