import path from "node:path";
import { usageError } from "../errors/cli-error.ts";
import { didYouMean } from "../errors/did-you-mean.ts";
import type { Files } from "../journal/system.ts";
import { refuseTilde } from "./refuse-tilde.ts";

/** A placeholder of an output name that is filled once the images have arrived. */
interface OutputSlot {
  readonly slot: "n" | "ext";
}

/** An absolute output path with the values known before sending filled in. Plain data, so that a journal can store it. */
export interface OutputPattern {
  readonly chunks: readonly (string | OutputSlot)[];
  /** The image extension that the user wrote, without the dot. */
  readonly askedExtension?: string | undefined;
  /** The number of the first image in a default name: 2 for `photo.edited-2.png`. */
  readonly firstNumber?: number | undefined;
}

/** Values of the placeholders of a template. */
export interface TemplateValues {
  /** Directory of the first image. */
  readonly dir: string;
  /** Directory of the first image, relative to the directory or glob it was found in. */
  readonly rel: string;
  readonly name: string;
  readonly model: string;
  readonly hash: string;
}

/** All extensions an image may be written with; the overwrite check covers each. */
export const imageExtensions = ["png", "jpg", "jpeg", "webp", "gif", "svg", "avif"] as const;

const placeholders = ["dir", "rel", "name", "ext", "n", "model", "hash"];
/** Characters that are invalid in file names on some system; a model's name may contain a slash. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const unsafe = /[/\\:*?"<>|\u0000-\u001f]+/g;

function fill(name: string, values: TemplateValues): string | OutputSlot {
  if (name === "n" || name === "ext") return { slot: name };
  if (name === "dir" || name === "rel") return values[name] === "" ? "." : values[name];
  if (name === "name" || name === "hash") return values[name];
  if (name === "model") return values.model.replace(unsafe, "_") || "model";
  throw usageError(
    `The output template has the unknown placeholder \`{${name}}\`.${didYouMean(name, placeholders)} ` +
      `Use ${placeholders.map((lower) => `{${lower}}`).join(" ")}.`,
  );
}

/**
 * Parses an output template; a relative one starts at the directory `base`.
 *
 * @throws CliError for an unknown placeholder.
 */
export function outputPattern(template: string, values: TemplateValues, base: string): OutputPattern {
  refuseTilde("output", template);
  const chunks: (string | OutputSlot)[] = [];
  let end = 0;
  for (const match of template.matchAll(/\{([^{}]*)\}/g)) {
    chunks.push(template.slice(end, match.index), fill(match[1] ?? "", values));
    end = match.index + match[0].length;
  }
  chunks.push(template.slice(end));
  return anchor(withExtension(merge(chunks)), base);
}

function merge(chunks: readonly (string | OutputSlot)[]): (string | OutputSlot)[] {
  const merged: (string | OutputSlot)[] = [];
  for (const chunk of chunks) {
    const last = merged.at(-1);
    if (typeof chunk === "string" && typeof last === "string") merged[merged.length - 1] = last + chunk;
    else if (chunk !== "") merged.push(chunk);
  }
  return merged;
}

function withExtension(chunks: (string | OutputSlot)[]): OutputPattern {
  const last = chunks.at(-1);
  if (typeof last !== "string") {
    return last?.slot === "ext" ? { chunks } : { chunks: [...chunks, ".", { slot: "ext" }] };
  }
  const asked = /\.([a-z]+)$/i.exec(last)?.[1];
  const known = asked !== undefined && imageExtensions.some((lower) => lower === asked.toLowerCase());
  if (!known) return { chunks: [...chunks.slice(0, -1), `${last}.`, { slot: "ext" }] };
  const stem = last.slice(0, -asked.length);
  return { chunks: [...chunks.slice(0, -1), stem, { slot: "ext" }], askedExtension: asked };
}

function anchor(pattern: OutputPattern, base: string): OutputPattern {
  const [first, ...rest] = pattern.chunks;
  if (typeof first !== "string") {
    return { ...pattern, chunks: [base + path.sep, ...pattern.chunks] };
  }
  const absolute = path.resolve(base, first);
  // `resolve` drops a trailing separator and a trailing `.`, which may be the start of a name.
  const kept = /[/\\]$/.test(first) && !absolute.endsWith(path.sep) ? absolute + path.sep : absolute;
  const dot = rest.length > 0 && /(?:^|[/\\])\.$/.test(first) ? `${path.sep}.` : "";
  return { ...pattern, chunks: [kept + dot, ...rest] };
}

/** Returns a pattern with its names in another directory. */
export function inDirectory(pattern: OutputPattern, directory: string): OutputPattern {
  const separator = path.sep === "/" ? /^.*\//s : /^.*[/\\]/s;
  const at = pattern.chunks.findLastIndex((chunk) => typeof chunk === "string" && separator.test(chunk));
  const names = pattern.chunks
    .slice(Math.max(0, at))
    .map((chunk, index) => (index === 0 && typeof chunk === "string" ? chunk.replace(separator, "") : chunk));
  return { ...pattern, chunks: merge([path.resolve(directory) + path.sep, ...names]) };
}

/** Returns the path of image `index` (from 0) of `count`, with the given extension. */
export function outputPath(
  pattern: OutputPattern,
  { index, count, extension }: { index: number; count: number; extension: string },
): string {
  const { firstNumber = 1 } = pattern;
  const numbered = pattern.chunks.some((chunk) => typeof chunk !== "string" && chunk.slot === "n");
  const last = pattern.chunks.length - 1;
  const text = pattern.chunks.map((chunk, at) => {
    if (typeof chunk !== "string") return chunk.slot === "n" ? String(index + 1) : extension;
    if (numbered || (count < 2 && firstNumber === 1) || at !== last - 1) return chunk;
    return chunk.replace(/\.?$/, (dot) => `-${index + firstNumber}${dot}`);
  });
  return path.normalize(text.join(""));
}

/** Returns every path that the images may be written to, in any format. */
export function possiblePaths(pattern: OutputPattern, count: number): string[] {
  const extensions = new Set<string>(imageExtensions);
  if (pattern.askedExtension !== undefined) extensions.add(pattern.askedExtension);
  return Array.from({ length: Math.max(1, count) }, (_, index) =>
    [...extensions].map((extension) => outputPath(pattern, { index, count, extension })),
  ).flat();
}

/** Returns the extension for a media type. Keeps `.jpeg` or `.JPG` if the user wrote that. */
export function extensionFor(mediaType: string | undefined, asked?: string): string {
  const subtype = /^image\/([a-z0-9]+)/.exec(mediaType ?? "")?.[1] ?? "bin";
  const plain = subtype === "jpeg" ? "jpg" : subtype;
  const lower = asked?.toLowerCase();
  return asked !== undefined && (lower === plain || lower === subtype) ? asked : plain;
}

/** Template without `-o`: beside the first image. */
const defaultTemplate = "{dir}/{name}.edited.{ext}";

/** Returns the output template: the value of `-o`, a name inside the directory it names, or the default. */
export async function outputTemplate(
  given: string | undefined,
  { rel }: Pick<TemplateValues, "rel">,
  files: Pick<Files, "stat">,
): Promise<string> {
  if (given === undefined) return defaultTemplate;
  // Redirected to a file, such a name looks like that file: the image would become `/dev/stdout.png`.
  if (/^\/(?:dev\/(?:std(?:in|out|err)|fd\/\d+)|proc\/[\w-]+\/fd\/\d+)$/.test(given))
    throw usageError(
      `\`-o ${given}\` is an open stream, not a file. Nothing was sent. Write the image to standard output with \`-o -\`.`,
    );
  const endsOpen = /[/\\]$/.test(given);
  const info = await files.stat(given).catch(() => undefined);
  if (!endsOpen && info !== undefined && !info.isFile() && !info.isDirectory()) {
    throw usageError(
      `\`-o ${given}\` is not a file but a device or a pipe. Nothing was sent. Write the image there with \`-o - > ${given}\`.`,
    );
  }
  if (!endsOpen && !info?.isDirectory()) return given;
  const tree = rel === "" ? "" : "{rel}/";
  return `${path.posix.join(given.replaceAll("\\", "/"), "/")}${tree}{name}.edited.{ext}`;
}

/** Returns the output pattern of further images when the first one goes to stdout. */
export function stdoutOverflowPattern(directory: string): OutputPattern {
  return { chunks: [directory, "/stdout.edited.", { slot: "ext" }] };
}

/**
 * Returns the path of each image without its extension. Two patterns can write the same file only if they share one: the
 * extension follows the format of the result.
 */
export function outputNames(pattern: OutputPattern, count: number): string[] {
  const slots = pattern.chunks.filter((chunk) => typeof chunk !== "string" && chunk.slot === "ext").length;
  // An `{ext}` in the name of a folder is filled too.
  const extensions = slots > 1 ? imageExtensions : ["*"];
  return Array.from({ length: Math.max(1, count) }, (_, index) =>
    extensions.map((extension) =>
      outputPath(pattern, { index, count, extension }).slice(0, -extension.length),
    ),
  ).flat();
}
