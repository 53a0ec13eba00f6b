import { hash } from "node:crypto";
import { lstat, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { CliError, usageError } from "../errors/cli-error.ts";
import { nearestFile } from "../errors/did-you-mean.ts";
import { readFileValue, shortText } from "./file-value.ts";
import {
  type FoundImages,
  findImagesBelow,
  findImagesMatching,
  type OutputsIn,
  type UnreadableDirectory,
} from "./find-files.ts";
import { isGlob } from "./glob.ts";

/** One input image, with the values that output templates need. */
export interface EditInput {
  /** Input of the client: an absolute path, a URL, or the bytes of stdin or of a `data:` URI. */
  readonly source: string | URL | Uint8Array<ArrayBuffer>;
  /** Name in messages and in the journal. */
  readonly label: string;
  readonly dir: string;
  readonly rel: string;
  readonly name: string;
}

/** The inputs that operands resolve to. */
export interface EditInputs {
  readonly inputs: readonly EditInput[];
  /** Files in a directory or glob that are not images. */
  readonly skipped: readonly string[];
  /** Images that this program wrote, which are not edited again. */
  readonly own: readonly string[];
  /** Images that are used although they are named like those. */
  readonly unknown: readonly string[];
  /** Directories that may contain more. */
  readonly unreadable: readonly UnreadableDirectory[];
}

/** Creates the input of a path; `rel` is the directory it was found in. */
export function fileInput(file: string, rel = ""): EditInput {
  const absolute = path.resolve(file);
  const { dir, name } = path.parse(absolute);
  return { source: absolute, label: file, dir, rel, name };
}

/** Creates the input of a URL; its results go to the working directory. */
export function urlInput(text: string): EditInput {
  const source = new URL(text);
  let last = source.pathname.split("/").at(-1) ?? "";
  try {
    last = decodeURIComponent(last);
  } catch {
    // A name with a stray `%` is used unchanged.
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a URL can name a control character
  const safe = last.replace(/[/\\:*?"<>|\u0000-\u001f]+/g, "_");
  const name = path.parse(safe).name || "image";
  return { source, label: `${source.origin}${source.pathname}`, dir: process.cwd(), rel: "", name };
}

/** Creates the input of a `data:` URI; its results go to the working directory. */
export function dataInput(source: Uint8Array<ArrayBuffer>): EditInput {
  // Labels are part of the hash of an edit, so different images need different ones.
  const label = `data: URI ${hash("sha256", source).slice(0, 8)}`;
  return { source, label, dir: process.cwd(), rel: "", name: "image" };
}

/** Reads the image from stdin. */
async function stdinInput(noInput: boolean): Promise<EditInput> {
  const source = await readStdin({ noInput });
  if (source.length === 0) throw usageError("Standard input is empty. Pipe an image in, or name a file.");
  return { source, label: "standard input", dir: process.cwd(), rel: "", name: "stdin" };
}

/** Options of {@link findInputs}. */
interface FindOptions {
  readonly recursive: boolean;
  readonly noInput: boolean;
  readonly outputsIn: OutputsIn;
  /** Skips images that this program wrote even if they are named: a shell may have expanded a glob. */
  readonly skipOwn?: boolean | undefined;
}

/**
 * Finds the images that operands name: files, directories with `recursive`, globs, URLs, `data:` URIs and `-`.
 *
 * @throws CliError, exit code 2, if an operand matches nothing.
 */
export async function findInputs(
  operands: readonly string[],
  { recursive, noInput, skipOwn = false, outputsIn }: FindOptions,
): Promise<EditInputs> {
  const inputs: EditInput[] = [];
  const skipped: string[] = [];
  const own: string[] = [];
  const unknown: string[] = [];
  const outputs = skipOwn ? outputsIn() : undefined;
  const unreadable: UnreadableDirectory[] = [];
  for (const operand of operands) {
    if (operand === "-") inputs.push(await stdinInput(noInput));
    else if (/^https?:\/\//i.test(operand)) inputs.push(urlInput(checkUrl(operand)));
    else {
      const value = readFileValue(operand, ".");
      if (typeof value === "string" && (await outputs?.has(value)) === true) {
        own.push(operand);
        continue;
      }
      const found =
        typeof value === "string" ? await findFiles(operand, recursive, outputsIn) : fromData(value);
      inputs.push(...found.inputs);
      skipped.push(...found.skipped);
      own.push(...found.own);
      unknown.push(...found.unknown);
      unreadable.push(...found.unreadable);
    }
  }
  return { inputs, skipped, own, unknown, unreadable };
}

const nothingElse = { skipped: [], own: [], unknown: [], unreadable: [] };

function fromData(bytes: Uint8Array<ArrayBuffer>): EditInputs {
  return { ...nothingElse, inputs: [dataInput(bytes)] };
}

function checkUrl(text: string): string {
  if (URL.canParse(text)) return text;
  throw usageError(
    `\`${shortText(text)}\` is not a URL. Give a complete one, such as https://example.com/photo.png.`,
  );
}

async function findFiles(operand: string, recursive: boolean, outputsIn: OutputsIn): Promise<EditInputs> {
  if (operand === "") throw usageError("The name of an image is empty. Give a path.");
  const info = await stat(operand).catch((error: NodeJS.ErrnoException) => error.code ?? "unreadable");
  if (typeof info !== "string") {
    if (!info.isDirectory()) return { ...nothingElse, inputs: [fileInput(operand)] };
    if (!recursive) {
      throw usageError(`${operand} is a folder. Name images in it, or use all of them with \`--recursive\`.`);
    }
    return toInputs(await findImagesBelow(operand, outputsIn(operand)), `${operand} contains`);
  }
  if (isGlob(operand))
    return toInputs(await findImagesMatching(operand, outputsIn), `\`${shortText(operand)}\` matches`);
  throw usageError(await missingFile(operand, info));
}

function toInputs({ images, ...rest }: FoundImages, subject: string): EditInputs {
  const { skipped, own, unreadable } = rest;
  const [closed] = unreadable;
  if (images.length === 0 && closed !== undefined) {
    throw usageError(
      `${closed.directory} cannot be read: ${closed.code}. Make it readable, or name images elsewhere.`,
    );
  }
  if (images.length === 0) {
    const others =
      skipped.length === 0 ? "" : `, only ${skipped.length} other file(s), such as ${skipped[0]}`;
    if (own.length > 0)
      throw usageError(
        `${subject} no image besides ${own.length} that retouch wrote, such as ${own[0]}. Name one to edit it again.`,
      );
    throw usageError(`${subject} no PNG, JPEG or WebP image${others}.`);
  }
  return { inputs: images.map(({ file, rel }) => fileInput(file, rel)), ...rest };
}

async function missingFile(operand: string, code: string): Promise<string> {
  if (code !== "ENOENT" && code !== "ENOTDIR") return `${shortText(operand)} cannot be read: ${code}.`;
  const name = path.basename(operand);
  const siblings: readonly string[] = await readdir(path.dirname(operand)).catch(() => []);
  if (siblings.includes(name)) {
    const isLink = await lstat(operand).then(
      () => true,
      () => false,
    );
    return isLink
      ? `${shortText(operand)} is a link to a file that does not exist.`
      : `${shortText(operand)} has a name that is not UTF-8. Rename the file.`;
  }
  const near = nearestFile(name, siblings);
  return `${shortText(operand)} does not exist.${near === undefined ? " Check the path." : ` Did you mean \`${near}\`?`}`;
}

const maxBytes = 64 * 1024 * 1024;

/**
 * Reads standard input to its end; called only for `-`.
 *
 * @throws CliError if it is a terminal, or longer than 64 MB.
 */
export async function readStdin({ noInput }: { noInput: boolean }): Promise<Uint8Array<ArrayBuffer>> {
  if (noInput) throw usageError("`-` reads standard input, which `--no-input` forbids. Remove one of them.");
  if (process.stdin.isTTY)
    throw usageError("`-` reads standard input, which is a terminal. Pipe something in.");
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  for await (const chunk of process.stdin) {
    const bytes: Uint8Array = chunk;
    byteLength += bytes.length;
    if (byteLength > maxBytes) {
      throw new CliError("Standard input is longer than 64 MB. Give a file instead.", {
        exitCode: 2,
        code: "usage",
      });
    }
    chunks.push(bytes);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
