import path from "node:path";
import { CliError } from "../../errors/cli-error.ts";
import type { Resolution } from "../find-resolution.ts";
import type { SavedEdit } from "../saved-index.ts";
import type { LogFile, System } from "../system.ts";
import { claimNotWritable, takenOver, unresolvedEdit } from "./claim-errors.ts";
import {
  type ClaimContent,
  type ClaimRequest,
  claimText,
  type FoundClaim,
  findClaims,
  isOwn,
  isStillInFlight,
  removeOwn,
} from "./claim-file.ts";
import { findUnresolved } from "./find-unresolved.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { removeResolved } from "./remove-resolved.ts";
import { takeClaim } from "./take-claim.ts";

/**
 * How a request ended; an unresolved one may be billed without having its images. An unlisted one is saved, but the index of
 * saved requests could not be written.
 */
export type RequestEnd = "saved" | "unlisted" | "not-billed" | "unresolved";

/** A claim of this process. */
export interface Claim {
  /** Whether it replaces that of an attempt that may be billed, which another journal may have recorded. */
  readonly hasEarlier: boolean;
  /**
   * Notes that the request may be sent from now on. Without this, a claim whose edit has no record was never sent.
   *
   * @throws CliError, exit code 2, if it cannot be noted; nothing may be sent then.
   */
  markSent(): Promise<void>;
  /**
   * Checks that no other process has taken the claim, which one does that sees no heartbeat: this process may have been
   * stopped since.
   *
   * @throws CliError `in_flight` if it is gone: nothing may be sent.
   */
  checkHeld(): Promise<void>;
  /**
   * Removes the claim of a resolved request, and leaves that of an unresolved one for others to find. That of an unlisted one
   * stays too: another machine, which has not its journal, would send it again.
   */
  close(end: RequestEnd): Promise<void>;
}

/** The claims of a state directory, and those beside a manifest. */
export interface ClaimStore {
  /**
   * Claims a request before it is sent. The claim is the fence: it is on disk before the claims of other processes are
   * read, so of two processes that send the same edit at least one sees the other.
   *
   * @throws CliError `unresolved_edit` if the request is unresolved; `in_flight` if another process sends the same row.
   */
  acquire(request: ClaimRequest, options: { readonly retryUnknown: boolean }): Promise<Claim>;
  /** Finds the claims of a request, or all claims. */
  find(request?: string): Promise<FoundClaim[]>;
  /** Removes the claims of a request whose processes have ended with it resolved; the index then has what they saved. */
  sweep(request: string): Promise<void>;
  /** Removes the claims of an edit that is resolved: saved, rejected or dismissed. What is saved is listed beside each first. */
  resolve(request: string, id: string, saved?: SavedEdit): Promise<void>;
}

/** A file of a claim of this process. */
interface HeldFile {
  readonly file: string;
  readonly handle: LogFile;
  readonly hasEarlier: boolean;
  stop: () => Promise<void>;
}

/** Returns how the request of an ended process was resolved, by its journal; undefined if it may be billed. */
export type FindResolution = (claim: FoundClaim) => Promise<Resolution | undefined>;

const shards = [..."0123456789abcdef"];

/** Opens the claims below directories. Each request is claimed in all of them, in this order. */
export function openClaims(
  directories: readonly string[],
  findResolution: FindResolution,
  system: System,
): ClaimStore {
  const shardOf = (directory: string, request: string) => path.join(directory, request.slice(0, 1));

  async function find(request?: string): Promise<FoundClaim[]> {
    const searched = request === undefined ? shards : [request];
    const claims: FoundClaim[] = [];
    for (const directory of directories)
      for (const start of searched)
        claims.push(...(await findClaims(shardOf(directory, start), start, system)));
    return claims;
  }

  /** Returns how the request of a claim was resolved, also if another process is sending it; undefined if it may be billed. */
  async function resolutionOf(claim: FoundClaim): Promise<Resolution | undefined> {
    const { content, inFlight } = claim;
    if (content?.state === "left") return undefined;
    if (inFlight && (await isStillInFlight(claim, system)))
      return content?.hasEarlier === true ? undefined : {};
    return content === undefined ? {} : findResolution(claim);
  }

  return {
    find,
    async acquire({ request, id, journal }, { retryUnknown }) {
      const targets = directories.map((directory) =>
        path.join(shardOf(directory, request), `${request}.${id}`),
      );
      const content: ClaimContent = {
        ...(await system.processes.describe()),
        token: system.randomHex(16),
        since: new Date(system.clock.now()).toISOString(),
        journal,
        files: targets,
        state: "held",
      };
      const bytesOf = (state: ClaimContent["state"], { hasEarlier }: Pick<HeldFile, "hasEarlier">) =>
        Buffer.from(claimText(content, state, hasEarlier));
      const held: HeldFile[] = [];
      let isSent = false;
      const close = async (end: RequestEnd) => {
        for (const { file, handle, stop, hasEarlier } of held.splice(0)) {
          await stop();
          const left = bytesOf("left", { hasEarlier });
          const isResolved = end === "saved" || (end === "not-billed" && !hasEarlier);
          // A claim that cannot be changed stays: its request counts as unresolved, which is safe.
          if (isResolved) await removeOwn(file, content.token, system).catch(() => undefined);
          else if (end !== "unlisted") await handle.write(left, 0, left.length, 0).catch(() => undefined);
          await handle.close().catch(() => undefined);
        }
      };
      let current = "";
      try {
        for (const file of targets) {
          current = file;
          const options = { content, retryUnknown, resolutionOf };
          const { handle, hasEarlier } = await takeClaim(file, options, system);
          const bytes = bytesOf(hasEarlier ? "sent" : "held", { hasEarlier });
          const stop = startHeartbeat(handle, bytes, system);
          held.push({ file, handle, hasEarlier, stop });
        }
        for (const file of retryUnknown ? [] : targets) {
          current = file;
          const other = await findUnresolved(
            path.dirname(file),
            { request, id, journal },
            resolutionOf,
            system,
          );
          if (other !== undefined) throw unresolvedEdit(other.id);
        }
      } catch (error) {
        await close("not-billed");
        throw error instanceof CliError ? error : claimNotWritable(current, error);
      }
      async function checkHeld(): Promise<void> {
        for (const { file } of held) {
          if (!(await isOwn(file, content.token, system))) throw takenOver();
        }
      }
      return {
        hasEarlier: held.some((each) => each.hasEarlier),
        close,
        checkHeld,
        async markSent() {
          if (isSent) return;
          for (const each of held) {
            const sent = bytesOf("sent", each);
            await each.stop();
            await each.handle.write(sent, 0, sent.length, 0).catch((error: unknown) => {
              throw claimNotWritable(each.file, error);
            });
            each.stop = startHeartbeat(each.handle, sent, system);
          }
          isSent = true;
        },
      };
    },
    async sweep(request) {
      for (const claim of await find(request)) {
        const resolution = claim.inFlight ? undefined : await resolutionOf(claim);
        if (resolution !== undefined) await removeResolved(claim, resolution, system);
      }
    },
    async resolve(request, id, saved) {
      for (const claim of await find(request)) {
        if (claim.id !== id || claim.inFlight) continue;
        await removeResolved(claim, { saved }, system);
        // Those in other directories, such as beside the manifest, and what is aside there.
        for (const file of claim.content?.files ?? []) {
          const [directory, name] = [path.dirname(file), path.basename(file)];
          for (const other of await findClaims(directory, name, system))
            if (!other.inFlight || other.content?.token === claim.content?.token)
              await removeResolved(other, { saved }, system);
        }
      }
    },
  };
}
