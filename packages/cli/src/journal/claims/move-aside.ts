import { errorCode, removeFile, type System } from "../system.ts";
import { parseOwner } from "./heartbeat.ts";

/**
 * Moves the lock or claim of a token to a name that no other process uses, and returns that name. What another process
 * has just created under the same name is put back; without a free name it stays aside. Undefined if nothing was moved.
 */
export async function moveAside(
  file: string,
  token: string | undefined,
  system: System,
): Promise<string | undefined> {
  const { files } = system;
  const aside = `${file}.${system.randomHex(8)}`;
  try {
    await files.rename(file, aside);
  } catch (error) {
    // Another process moved or removed it first.
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  const moved = parseOwner(await files.readFile(aside, "utf8").catch(() => ""));
  if (moved?.token === token) return aside;
  if (await linkExclusive(aside, file, system)) await removeFile(aside, system);
  return undefined;
}

/** Gives a file a second name. Returns false if the name is taken. */
export async function linkExclusive(from: string, to: string, { files }: System): Promise<boolean> {
  try {
    await files.link(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}
