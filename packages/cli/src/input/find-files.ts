import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import type { OwnOutputs } from "../journal/own-outputs.ts";
import { parseGlob } from "./glob.ts";

/** A file found in a directory or by a glob. */
interface FoundImage {
  readonly file: string;
  /** Its directory, relative to the given directory or to the fixed part of the glob. */
  readonly rel: string;
}

const imageName = /\.(?:png|jpe?g|webp)$/i;
/** Names that `retouch` gives. A photo may have one too, so they only cause a warning. */
const ownName = /\.(?:edited(?:-\d+)?(?:~\d+)?|mask)\.[a-z]+$/i;

/** A directory whose files are unknown. */
export interface UnreadableDirectory {
  readonly directory: string;
  readonly code: string;
}

/** The images found, and what was left out. */
export interface FoundImages {
  readonly images: readonly FoundImage[];
  /** Files that are not images. */
  readonly skipped: readonly string[];
  /** Images that this program wrote: editing them again would be billed by surprise. */
  readonly own: readonly string[];
  /** Images that are named like its own, but are not known. */
  readonly unknown: readonly string[];
  readonly unreadable: readonly UnreadableDirectory[];
}

const byName = new Intl.Collator("en", { numeric: true }).compare;

/** Opens the known outputs of a folder. */
export type OutputsIn = (folder?: string) => OwnOutputs;

/** Limits of a walk through directories. */
interface WalkOptions {
  readonly depth: number;
  readonly linkDepth: number;
  readonly hasHidden: boolean;
  matches(relative: string): boolean;
}

/** Finds the images below a directory, sorted by name. Hidden files, and directories that are links, are left out. */
export function findImagesBelow(directory: string, outputs: OwnOutputs): Promise<FoundImages> {
  const all = { depth: Number.POSITIVE_INFINITY, linkDepth: 0, hasHidden: false, matches: () => true };
  return findImages(directory, all, outputs);
}

/** Finds the images that a glob matches, sorted by name. */
export function findImagesMatching(glob: string, outputsIn: OutputsIn): Promise<FoundImages> {
  const parsed = parseGlob(glob);
  return findImages(parsed.root, parsed, outputsIn(parsed.root));
}

async function findImages(root: string, options: WalkOptions, outputs: OwnOutputs): Promise<FoundImages> {
  const images: FoundImage[] = [];
  const skipped: string[] = [];
  const own: string[] = [];
  const unknown: string[] = [];
  const unreadable: UnreadableDirectory[] = [];
  for await (const { parts, isFile } of walk(root, [], options, unreadable)) {
    const file = path.join(root, ...parts);
    if (!isFile || !imageName.test(file)) skipped.push(file);
    else if (await outputs.has(file)) own.push(file);
    else {
      if (ownName.test(file)) unknown.push(file);
      images.push({ file, rel: parts.slice(0, -1).join(path.sep) });
    }
  }
  return { images: images.sort((a, b) => byName(a.file, b.file)), skipped, own, unknown, unreadable };
}

async function* walk(
  root: string,
  parents: readonly string[],
  options: WalkOptions,
  unreadable: UnreadableDirectory[],
): AsyncGenerator<{ readonly parts: readonly string[]; readonly isFile: boolean }> {
  const directory = path.join(root, ...parents);
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    const { code = "unknown reason" } = error;
    // A glob whose fixed part is missing matches nothing.
    if (code !== "ENOENT" && code !== "ENOTDIR") unreadable.push({ directory, code });
    return [];
  });
  for (const entry of entries) {
    const parts = [...parents, entry.name];
    if (entry.name.startsWith(".") && !options.hasHidden) continue;
    const isLink = entry.isSymbolicLink();
    // A link to nothing, or one that cannot be followed, is reported as an image that cannot be read.
    const info = isLink ? await stat(path.join(root, ...parts)).catch(() => undefined) : entry;
    if (!info?.isDirectory()) {
      if (options.matches(parts.join("/"))) yield { parts, isFile: info?.isFile() ?? true };
    } else if (parents.length < (isLink ? options.linkDepth : options.depth)) {
      yield* walk(root, parts, options, unreadable);
    }
  }
}
