import { readdir, stat } from "node:fs/promises";
import path from "node:path";

/** A file found in a directory or by a glob. */
interface FoundImage {
  readonly file: string;
  /** Its directory, relative to the given directory or to the fixed part of the glob. */
  readonly rel: string;
}

const imageName = /\.(?:png|jpe?g|webp)$/i;
/** Names that `retouch` writes beside an image. Editing those again would be billed by surprise. */
const ownOutput = /\.(?:edited(?:-\d+)?(?:~\d+)?|mask)\.[a-z]+$/i;

/** The images found, and the files skipped. */
export interface FoundImages {
  readonly images: readonly FoundImage[];
  readonly skipped: readonly string[];
}

const byName = new Intl.Collator("en", { numeric: true }).compare;

/** Finds the images below a directory, sorted by name. */
export async function findImagesBelow(directory: string): Promise<FoundImages> {
  const images: FoundImage[] = [];
  const skipped: string[] = [];
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const hidden = path
      .relative(directory, file)
      .split(path.sep)
      .some((part) => part.startsWith("."));
    if (hidden || entry.isDirectory()) continue;
    if (!imageName.test(entry.name) || ownOutput.test(entry.name)) skipped.push(file);
    else images.push({ file, rel: path.relative(directory, entry.parentPath) });
  }
  return { images: sorted(images), skipped };
}

function sorted(images: FoundImage[]): FoundImage[] {
  return images.sort((a, b) => byName(a.file, b.file));
}

/** Finds the files that a glob matches, sorted by name. `**` skips hidden directories. */
export async function findImagesMatching(glob: string): Promise<FoundImages> {
  const found = new Map<string, FoundImage>();
  const skipped = new Set<string>();
  for (const pattern of expandBraces(process.platform === "win32" ? glob.replaceAll("\\", "/") : glob)) {
    const segments = pattern.split("/");
    const fixed = segments.findIndex((segment) => isGlob(segment));
    const base = segments.slice(0, fixed === -1 ? -1 : fixed).join("/");
    const root = base === "" ? (pattern.startsWith("/") ? "/" : ".") : base;
    for await (const file of walk(root, segments.slice(fixed === -1 ? -1 : fixed))) {
      if (ownOutput.test(file)) skipped.add(file);
      else found.set(file, { file, rel: path.relative(root, path.dirname(file)) });
    }
  }
  return { images: sorted([...found.values()]), skipped: [...skipped] };
}

async function* walk(directory: string, segments: readonly string[]): AsyncGenerator<string> {
  const [segment = "", ...rest] = segments;
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  if (segment === "**") yield* walk(directory, rest);
  const expression = segment === "**" ? undefined : segmentExpression(segment);
  for (const entry of entries) {
    const file = path.join(directory, entry.name);
    if (expression !== undefined && !expression.test(entry.name)) continue;
    if (expression === undefined && (entry.name.startsWith(".") || !entry.isDirectory())) continue;
    const isDirectory = entry.isSymbolicLink()
      ? await stat(file).then(
          (info) => info.isDirectory(),
          () => false,
        )
      : entry.isDirectory();
    if (expression === undefined) yield* walk(file, segments);
    else if (rest.length > 0) {
      if (isDirectory) yield* walk(file, rest);
    } else if (!isDirectory) yield file;
  }
}

/** Returns whether text is a glob. */
export function isGlob(text: string): boolean {
  return /[*?[{]/.test(text);
}

/** Expands `{a,b}` alternatives, also nested. A brace without a comma or an end is literal. */
export function expandBraces(pattern: string): string[] {
  for (let start = pattern.indexOf("{"); start !== -1; start = pattern.indexOf("{", start + 1)) {
    const parts = braceParts(pattern, start);
    if (parts === undefined) continue;
    const head = pattern.slice(0, start);
    const tail = pattern.slice(parts.end);
    return parts.words.flatMap((word) => expandBraces(head + word + tail));
  }
  return [pattern];
}

function braceParts(pattern: string, start: number): { words: string[]; end: number } | undefined {
  const words: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < pattern.length; at++) {
    const char = pattern[at];
    if (char === "{") depth++;
    else if (char === "," && depth === 1) {
      words.push(pattern.slice(from, at));
      from = at + 1;
    } else if (char === "}" && --depth === 0) {
      words.push(pattern.slice(from, at));
      return words.length > 1 ? { words, end: at + 1 } : undefined;
    }
  }
  return undefined;
}

/** Returns the regular expression of one glob segment. Only a literal dot matches a leading dot. */
export function segmentExpression(segment: string): RegExp {
  let source = segment.startsWith(".") ? "" : "(?!\\.)";
  for (let at = 0; at < segment.length; at++) {
    const char = segment[at] ?? "";
    if (char === "*") source += ".*";
    else if (char === "?") source += ".";
    else if (char === "[") {
      const end = segment.indexOf("]", at + 2);
      if (end === -1) source += "\\[";
      else {
        const body = segment
          .slice(at + 1, end)
          .replace(/^!/, "^")
          .replace(/[\\\]]/g, "\\$&");
        source += `[${body}]`;
        at = end;
      }
    } else source += char.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
  }
  return new RegExp(`^${source}$`, "su");
}
