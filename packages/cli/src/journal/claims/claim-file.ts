import path from "node:path";
import { errorCode, removeFile, type System } from "../system.ts";
import { fileTime } from "./file-time.ts";
import { isBeating, waitForBeat } from "./heartbeat.ts";
import { moveAside } from "./move-aside.ts";
import { type Liveness, livenessOf, type Owner, parseOwner } from "./owner.ts";

/** The request of a claim: what is sent, and which edit or row sends it. */
export interface ClaimRequest {
  /** The request key: the hash of server, fields and input bytes. */
  readonly request: string;
  /** Id of a single edit, or the key of a row. */
  readonly id: string;
  /** Journal of the edit or the batch. */
  readonly journal: string;
}

/** What a claim file holds. */
export interface ClaimContent extends Owner {
  readonly journal: string;
  /** All files of the claim, in each claim directory. */
  readonly files: readonly string[];
  /**
   * `held` until the edit has a record and may be sent, `left` once it has ended without being resolved. `sent` is not synced:
   * after a power failure the journal has what was sent, and a run without that journal has this. The words have one
   * length, because a power failure may leave new bytes with the old size.
   */
  readonly state: "held" | "sent" | "left";
  /** It replaced the claim of an attempt that may be billed: until it is resolved, others must not send the request. */
  readonly hasEarlier?: true | undefined;
}

/** Returns the text of a claim file, which has one length in every state. */
export function claimText(content: ClaimContent, state: ClaimContent["state"], hasEarlier: boolean): string {
  return JSON.stringify({ ...content, state, hasEarlier: hasEarlier || undefined } satisfies ClaimContent);
}

/** A claim that was found. */
export interface FoundClaim {
  readonly request: string;
  readonly id: string;
  readonly file: string;
  /** Undefined while its process writes the file, or if it was killed then: nothing was sent. */
  readonly content?: ClaimContent | undefined;
  /** Time of the last heartbeat by the clock of the file system. */
  readonly beatMs: number;
  /** Whether the request is in flight in a process that runs, as far as a look shows it. */
  readonly inFlight: boolean;
}

/** Reads a claim; undefined if it was resolved meanwhile. `now` returns the time of its file system. */
export async function readClaim(
  file: string,
  system: System,
  now = () => fileTime(path.dirname(file), system),
): Promise<FoundClaim | undefined> {
  const [request = "", id = ""] = path.basename(file).split(".");
  try {
    const content = await readContent(file, system);
    const seen = await lookAt(content, system);
    const nowMs = seen === "unseen" ? await now() : undefined;
    const { mtimeMs: beatMs } = await system.files.stat(file);
    const inFlight = seen === "unseen" ? await isBeating(file, beatMs, nowMs, system) : seen === "running";
    return { request, id, file, content, beatMs, inFlight };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function readContent(file: string, { files }: System): Promise<ClaimContent | undefined> {
  return parseOwner(await files.readFile(file, "utf8")) as ClaimContent | undefined;
}

/** Returns whether the process of a claim runs; one without content may be written by a process that runs anywhere. */
async function lookAt(content: ClaimContent | undefined, { processes }: System): Promise<Liveness> {
  if (content === undefined) return "unseen";
  return content.state === "left" ? "ended" : livenessOf(content, processes);
}

/** Returns whether the process of a claim runs, and waits for its heartbeat if only that can show it. */
export async function isStillInFlight(
  { content, file, beatMs }: FoundClaim,
  system: System,
): Promise<boolean> {
  const seen = await lookAt(content, system);
  return seen === "unseen" ? waitForBeat(file, beatMs, system) : seen === "running";
}

/** Returns whether a claim still says what it said when it was found. A heartbeat writes the same text. */
export async function isUnchanged({ file, content }: FoundClaim, system: System): Promise<boolean> {
  const now = await readContent(file, system).catch(() => null);
  return now !== null && JSON.stringify(now) === JSON.stringify(content);
}

/**
 * Reads the claims of a directory whose names begin with a prefix. A claim has a second name while a process takes its
 * place, and keeps that if the process is killed then.
 */
export async function findClaims(directory: string, prefix: string, system: System): Promise<FoundClaim[]> {
  let time: Promise<number | undefined> | undefined;
  const now = () => {
    time ??= fileTime(directory, system);
    return time;
  };
  for (let round = 1; ; round++) {
    const names = await system.files.readdir(directory).catch((error: unknown) => {
      if (errorCode(error) === "ENOENT") return [];
      throw error;
    });
    const matching = names.filter((name) => name.startsWith(prefix) && claimName.test(name));
    const claims = await Promise.all(
      matching.map((name) => readClaim(path.join(directory, name), system, now)),
    );
    const found = claims.filter((claim) => claim !== undefined);
    // A claim may have got another name since the directory was read, and a new one its own.
    const isNew = found.length < claims.length || (round === 1 && found.some(({ content }) => !content));
    if (!isNew || round === 5) return found;
  }
}

const claimName = /^[0-9a-f]{32}\.[\w-]+(?:\.[0-9a-f]{16})?$/;

/** Removes a claim that was found, unless another process has its name by now. */
export async function removeClaim(
  { file, content }: Pick<FoundClaim, "file" | "content">,
  system: System,
): Promise<void> {
  const isAside = path.basename(file).split(".").length > 2;
  const aside = isAside ? file : await moveAside(file, content?.token, system);
  if (aside !== undefined) await removeFile(aside, system);
}

/** Returns whether a claim file is of this process. */
export async function isOwn(file: string, token: string, system: System): Promise<boolean> {
  return (await readOwn(file, token, system)) !== undefined;
}

/** Removes a claim of this process, unless a person had it sent again meanwhile. */
export async function removeOwn(file: string, token: string, system: System): Promise<void> {
  const content = await readOwn(file, token, system);
  if (content !== undefined) await removeClaim({ file, content }, system);
}

async function readOwn(file: string, token: string, system: System): Promise<ClaimContent | undefined> {
  try {
    const content = await readContent(file, system);
    return content?.token === token ? content : undefined;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
