import { realpath } from "node:fs/promises";
import path from "node:path";
import { type OutputPattern, outputPath } from "../../output/output-pattern.ts";
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
): (output: OutputPattern, count: number) => Promise<string | undefined> {
  const known = createCache<Promise<string | undefined>>(10_000);
  return async (output, count) => {
    for (let index = 0; index < count; index++) {
      const file = outputPath(output, { index, count, extension: "png" });
      if (!isInside(path.relative(directory, file))) return file;
      const folder = path.dirname(file);
      const outside = await (known.get(folder) ?? known.set(folder, findEscape(file, directory)));
      if (outside !== undefined) return path.join(path.dirname(outside), path.basename(file));
    }
    return undefined;
  };
}
