import { realpath } from "node:fs/promises";
import path from "node:path";

/** Tells where a file would really lie, when links on the way lead it out of `folder`; undefined when it stays inside. */
export async function findEscape(file: string, folder: string): Promise<string | undefined> {
  const [start, place] = await Promise.all([resolveExisting(folder), resolveExisting(path.dirname(file))]);
  if (isInside(path.relative(start, place))) return undefined;
  return path.join(place, path.basename(file));
}

/** Tells whether a relative path stays below its start. */
export function isInside(relative: string): boolean {
  return relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** Follows links as far as folders exist; the rest is still to be made. */
async function resolveExisting(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch {
    const above = path.dirname(folder);
    return above === folder ? folder : path.join(await resolveExisting(above), path.basename(folder));
  }
}
