import { type LogFile, removeFile, type System } from "../system.ts";
import { moveAside } from "./move-aside.ts";
import { parseOwner } from "./owner.ts";

/** Age of the last heartbeat from which a lock or a claim is stale. */
export const staleAfterMs = 60_000;
const beatEveryMs = 5_000;

/**
 * Writes the content of an open file again and again, so that its modification time shows that this process runs. The
 * time is the file system's, because machines that share it may have different clocks.
 */
export function startHeartbeat(handle: LogFile, bytes: Uint8Array, { clock }: System): () => Promise<void> {
  let beating: Promise<unknown> = Promise.resolve();
  // A file that was renamed or removed keeps its handle, so a heartbeat never touches the file of another owner.
  const stop = clock.every(beatEveryMs, () => {
    beating = handle.write(bytes, 0, bytes.length, 0).catch(() => undefined);
  });
  return async () => {
    stop();
    await beating;
  };
}

/** Writes a file exclusively, waits until it is on the disk, and leaves it open for its heartbeat. */
export async function writeExclusive(file: string, content: string, system: System): Promise<LogFile> {
  const { files } = system;
  const handle = await files.open(file, "wx");
  try {
    await handle.writeFile(content);
    await handle.sync();
    return handle;
  } catch (error) {
    await handle.close();
    // Unless this process was stopped here for so long that another one has taken the name.
    const other = parseOwner(await files.readFile(file, "utf8").catch(() => ""));
    if (other === undefined || other.token === parseOwner(content)?.token) {
      // It may be stopped here, too: what is removed is looked at once more under a name of its own.
      const aside = await moveAside(file, other?.token, system).catch(() => undefined);
      if (aside !== undefined) await removeFile(aside, system).catch(() => undefined);
    }
    throw error;
  }
}

/** Returns whether a heartbeat is recent at a time of its file system. Where that is unknown, it waits for the next one. */
export async function isBeating(
  file: string,
  beatMs: number,
  nowMs: number | undefined,
  system: System,
): Promise<boolean> {
  return nowMs === undefined ? waitForBeat(file, beatMs, system) : nowMs - beatMs < staleAfterMs;
}

/**
 * Waits for the next heartbeat of a process that this one cannot see. Without it the process counts as ended: a container
 * that was killed and started again must not wait a minute, nor take its own request for one in flight.
 */
export async function waitForBeat(file: string, beatMs: number, { files, clock }: System): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < 2 * beatEveryMs; waitedMs += 500) {
    await clock.sleep(500);
    const now = await files.stat(file).catch(() => undefined);
    if (now === undefined || now.mtimeMs !== beatMs) return true;
  }
  return false;
}
