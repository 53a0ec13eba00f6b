import { errorCode, removeFile, type System } from "../system.ts";
import { parseOwner } from "./owner.ts";

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
  let text: string | undefined;
  try {
    text = await files.readFile(aside, "utf8");
  } catch (error) {
    // The process that has the name by now took over what it said, and removed it.
    if (errorCode(error) === "ENOENT") return undefined;
  }
  // One that cannot be read may be in use: only a text without a token is what a crash cut.
  if (text !== undefined && parseOwner(text)?.token === token) return aside;
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
