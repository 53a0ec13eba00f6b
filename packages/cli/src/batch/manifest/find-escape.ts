import { realpath } from "node:fs/promises";
import path from "node:path";
import { createCache } from "./input-cache.ts";

/** Resolves symbolic links and returns the real path of a file outside `folder`, or undefined if it is inside. */
export async function findEscape(file: string, directory: string): Promise<string | undefined> {
  const [start, place] = await Promise.all([resolveExisting(directory), resolveExisting(path.dirname(file))]);
  if (isInside(path.relative(start, place))) return undefined;
  return path.join(place, path.basename(file));
}

/** Returns whether a relative path stays inside its base. */
export function isInside(relative: string): boolean {
  return relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** Resolves links of the part of a path that exists. */
async function resolveExisting(directory: string): Promise<string> {
  try {
    return await realpath(directory);
  } catch {
    const above = path.dirname(directory);
    return above === directory
      ? directory
      : path.join(await resolveExisting(above), path.basename(directory));
  }
}

/**
 * Creates a function that finds an output outside a directory: by its path, or by the links on the way to it. Each folder is
 * resolved once.
 */
export function createOutsideFinder(
  directory: string,
): (outputs: readonly string[]) => Promise<string | undefined> {
  const known = createCache<Promise<string | undefined>>(10_000);
  return async (outputs) => {
    for (const file of outputs) {
      const folder = path.dirname(file);
      const outside = await (known.get(folder) ?? known.set(folder, findOutside(file, directory)));
      if (outside !== undefined) return path.join(path.dirname(outside), path.basename(file));
    }
    return undefined;
  };
}

async function findOutside(file: string, directory: string): Promise<string | undefined> {
  return isInside(path.relative(directory, file)) ? findEscape(file, directory) : file;
}
