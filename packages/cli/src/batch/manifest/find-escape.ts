import path from "node:path";
import type { Files } from "../../journal/system.ts";
import { createCache } from "./input-cache.ts";

type Disk = Pick<Files, "realpath">;

/** Resolves symbolic links and returns the real path of a file outside `folder`, or undefined if it is inside. */
export async function findEscape(file: string, directory: string, files: Disk): Promise<string | undefined> {
  const [start, place] = await Promise.all([
    resolveExisting(directory, files),
    resolveExisting(path.dirname(file), files),
  ]);
  if (isInside(path.relative(start, place))) return undefined;
  return path.join(place, path.basename(file));
}

/** Returns whether a relative path stays inside its base. */
export function isInside(relative: string): boolean {
  return relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** Resolves links of the part of a path that exists. */
async function resolveExisting(directory: string, files: Disk): Promise<string> {
  try {
    return await files.realpath(directory);
  } catch {
    const above = path.dirname(directory);
    return above === directory
      ? directory
      : path.join(await resolveExisting(above, files), path.basename(directory));
  }
}

/**
 * Creates a function that finds an output outside a directory: by its path, or by the links on the way to it. Each folder is
 * resolved once.
 */
export function createOutsideFinder(
  directory: string,
  files: Disk,
): (outputs: readonly string[]) => Promise<string | undefined> {
  const known = createCache<Promise<string | undefined>>(10_000);
  return async (outputs) => {
    for (const file of outputs) {
      const folder = path.dirname(file);
      const outside = await (known.get(folder) ?? known.set(folder, findOutside(file, directory, files)));
      if (outside !== undefined) return path.join(path.dirname(outside), path.basename(file));
    }
    return undefined;
  };
}

async function findOutside(file: string, directory: string, files: Disk): Promise<string | undefined> {
  return isInside(path.relative(directory, file)) ? findEscape(file, directory, files) : file;
}
