import { codeOf } from "../files/place-file.ts";
import type { ClientFiles, OpenFile } from "../surroundings.ts";

/**
 * Creates the file of a response, to write and to read it. An existing one is replaced, not emptied: it may be that of another
 * process, which still reads its own response from it. What must not be replaced has a path of its own.
 */
export async function openResponseFile(path: string, files: ClientFiles): Promise<OpenFile> {
  const create = () => files.open(path, "wx+", 0o600);
  try {
    return await create();
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  const replace = async () => {
    await files.unlink(path);
    return create();
  };
  const isFile = await files.stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );
  const overwrite = () => files.open(path, "w+", 0o600);
  // A device is never removed, and some directories let nothing be replaced.
  return isFile ? replace().catch(overwrite) : overwrite();
}
