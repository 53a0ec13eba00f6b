import path from "node:path";
import { removeFile, type System } from "../system.ts";

/**
 * Returns the time of the file system of a directory, which a file server has by a clock of its own: only that shows how old
 * a file is that another process has written. Ask before the time of that file is read, so that it never looks older
 * than it is. Undefined where nothing can be created.
 */
export async function fileTime(directory: string, system: System): Promise<number | undefined> {
  const file = path.join(directory, system.files.temporaryName());
  try {
    await (await system.files.open(file, "wx")).close();
    return (await system.files.stat(file)).mtimeMs;
  } catch {
    return undefined;
  } finally {
    await removeFile(file, system).catch(() => undefined);
  }
}
