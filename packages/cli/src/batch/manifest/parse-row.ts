import { hash } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import { CliError } from "../../errors/cli-error.ts";
import { didYouMean } from "../../errors/did-you-mean.ts";
import { specFields } from "../../generated/fields.gen.ts";
import { type FileValue, readFileValue } from "../../input/file-value.ts";
import { dataInput, type EditInput, fileInput, urlInput } from "../../input/find-inputs.ts";
import { outputPattern, possiblePaths } from "../../output/output-pattern.ts";
import type { BatchRow } from "./batch-row.ts";
import { findEscape, isInside } from "./find-escape.ts";
import type { RawRow } from "./read-manifest.ts";
import { rowKey } from "./row-key.ts";

/** Settings that rows are parsed with. */
export interface RowSettings {
  /** The manifest's directory; inputs are relative to it. */
  readonly directory: string;
  /** The directory that outputs must stay inside. */
  readonly outDirectory: string;
  readonly isCsv: boolean;
  /** Values of rows that have none of their own. */
  readonly defaults: {
    readonly model?: string | undefined;
    readonly prompt?: string | undefined;
    readonly output?: string | undefined;
  };
  readonly pasteBack: boolean;
  readonly force: boolean;
  readonly hashFile: (file: string) => Promise<string>;
}

const ownFields = ["id", "image", "mask", "prompt", "model", "output", "extra"];
/** The file fields beside the images and the mask, such as `markup`. */
const otherFiles = specFields.flatMap(({ name, type }) => (type === "file" && name !== "mask" ? [name] : []));
const knownFields = [...new Set([...ownFields, ...specFields.map(({ name }) => name)])];

/** Reads the fields of a row and collects all problems. */
class RowReader {
  readonly problems: string[] = [];
  private readonly raw: RawRow;
  private readonly isCsv: boolean;

  constructor(raw: RawRow, isCsv: boolean) {
    this.raw = raw;
    this.isCsv = isCsv;
  }

  text(name: string): string | undefined {
    const value = this.raw.fields[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string" && value !== "") return value;
    if (name === "id" && typeof value === "number") return String(value);
    this.problems.push(`\`${name}\` is ${JSON.stringify(value)}. Give text.`);
    return undefined;
  }

  images(): string[] {
    let value = this.raw.fields["image"];
    if (this.isCsv && typeof value === "string" && value.trim().startsWith("[")) {
      try {
        value = JSON.parse(value);
      } catch {
        // A file name may start with a bracket; it is then used unchanged.
      }
    }
    const list: unknown[] = Array.isArray(value) ? value : [value];
    const texts = list.filter((item) => typeof item === "string" && item !== "");
    if (texts.length === list.length && texts.length > 0) return texts as string[];
    this.problems.push("`image` is missing or not a path. Give a path, or an array of paths.");
    return [];
  }

  file(text: string, directory: string): FileValue {
    try {
      return readFileValue(text, directory);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      this.problems.push(error.message);
      return "";
    }
  }

  field(name: string, type: string): unknown {
    const value = this.raw.fields[name];
    if (value === null || value === undefined || !this.isCsv || typeof value !== "string")
      return value ?? undefined;
    if ((type === "integer" || type === "number") && /^-?\d+(?:\.\d+)?$/.test(value)) return Number(value);
    if (type === "boolean" && /^(?:true|false)$/i.test(value)) return value.toLowerCase() === "true";
    return value;
  }

  extra(): Record<string, unknown> | undefined {
    let value = this.raw.fields["extra"];
    if (this.isCsv && typeof value === "string") {
      try {
        value = JSON.parse(value);
      } catch {
        // Reported below as not an object.
      }
    }
    if (value === undefined || value === null) return undefined;
    if (typeof value === "object" && !Array.isArray(value)) return { ...value };
    this.problems.push('`extra` is not an object. Write {"name": "value"}.');
    return undefined;
  }

  unknownNames(): void {
    for (const name of Object.keys(this.raw.fields)) {
      if (knownFields.includes(name)) continue;
      this.problems.push(
        `\`${name}\` is not a field.${didYouMean(name, knownFields)} Fields that are not in the spec go into \`extra\`.`,
      );
    }
  }
}

/** Parses one row. Returns the problems as messages if it is invalid. */
export async function readRow(raw: RawRow, settings: RowSettings): Promise<BatchRow | readonly string[]> {
  const { defaults, directory, outDirectory } = settings;
  const reader = new RowReader(raw, settings.isCsv);
  reader.unknownNames();
  const images = reader.images();
  const inputs = images.map((image) => {
    if (/^https?:\/\//i.test(image) && URL.canParse(image)) return urlInput(image);
    const value = reader.file(image, directory);
    return typeof value === "string" ? fileInput(value) : dataInput(value);
  });
  const maskText = reader.text("mask");
  const mask = maskText === undefined ? undefined : reader.file(maskText, directory);
  const given = otherFiles.flatMap((name) => {
    const file = reader.text(name);
    return file === undefined ? [] : [[name, reader.file(file, directory)] as const];
  });
  const prompt = reader.text("prompt") ?? defaults.prompt;
  const model = reader.text("model") ?? defaults.model;
  const template = reader.text("output") ?? defaults.output ?? "{name}.edited.{ext}";
  const id = reader.text("id");
  const extra = reader.extra();
  if (prompt === undefined)
    reader.problems.push("`prompt` is missing. Give one, or one for all rows with `-p`.");
  if (model === undefined) {
    reader.problems.push("`model` is missing. Give one, or one for all rows with `-m` or RETOUCH_MODEL.");
  }
  if (settings.pasteBack && mask === undefined)
    reader.problems.push("`mask` is missing, and `--paste-back` needs one.");
  const fields = Object.fromEntries(
    specFields
      .filter(({ name }) => !ownFields.includes(name) && !otherFiles.includes(name))
      .map(({ name, type }) => [name, reader.field(name, type)] as const)
      .filter(([, value]) => value !== undefined),
  );
  if (reader.problems.length > 0) return reader.problems;

  const [first] = inputs;
  if (first === undefined) return ["`image` is missing."];
  const files = [...inputs.map(({ source }) => source), mask].filter(isFileValue);
  const missing = await missingFiles([...files, ...given.map(([, file]) => file)]);
  if (missing.length > 0) return missing;

  const hashOf = async (file: FileValue): Promise<string> =>
    typeof file === "string" ? settings.hashFile(file) : hash("sha256", file);
  // By name, because one list of hashes could not distinguish a markup from a mask.
  const otherHashes = given.map(async ([name, file]) => [name, await hashOf(file)] as const);
  const hashByField = Object.fromEntries(await Promise.all(otherHashes));
  const content = {
    id,
    images: images.length,
    model,
    prompt,
    output: template,
    extra,
    ...fields,
    ...hashByField,
  };
  const urls = inputs.flatMap(({ source }) => (source instanceof URL ? [source.href] : []));
  const hashes = await Promise.all(files.map(hashOf));
  const key = rowKey(content, [...hashes, ...urls]);

  const rel = path.relative(directory, first.dir);
  const values = {
    dir: isInside(rel) ? rel : "",
    rel: isInside(rel) ? rel : "",
    name: first.name,
    model: model ?? "",
    hash: hash("sha256", key).slice(0, 8),
  };
  try {
    const output = outputPattern(template, values, outDirectory);
    const count = typeof fields["n"] === "number" ? Math.max(1, fields["n"]) : 1;
    const paths = possiblePaths(output, count);
    const outside =
      paths.find((file) => !isInside(path.relative(outDirectory, file))) ??
      (paths[0] && (await findEscape(paths[0], outDirectory)));
    if (outside !== undefined)
      return [`\`output\` is ${outside}, outside ${outDirectory}. Keep it inside, or set \`--out-dir\`.`];
    const image = inputs.map(({ source }) => source);
    const others = Object.fromEntries(given);
    const params = { ...fields, ...others, ...(extra && { extra }), image, mask, prompt, model };
    const job = { params, inputs, output, count, force: settings.force, pasteBack: settings.pasteBack };
    return { line: raw.line, id: id ?? `line ${raw.line}`, key, job };
  } catch (error) {
    if (error instanceof CliError) return [error.message];
    throw error;
  }
}

function isFileValue(value: EditInput["source"] | undefined): value is FileValue {
  return value !== undefined && !(value instanceof URL);
}

async function missingFiles(files: readonly FileValue[]): Promise<string[]> {
  const checked = await Promise.all(
    files.map(async (file) => {
      if (typeof file !== "string") return [];
      const values = await stat(file).catch((error: NodeJS.ErrnoException) => error.code ?? "unreadable");
      const shown = file.length > 4096 ? `${file.slice(0, 255)}...` : file;
      if (values === "ENOENT" || values === "ENOTDIR") return [`${shown} does not exist.`];
      if (typeof values === "string") return [`${shown} cannot be read: ${values}.`];
      return values.isFile() ? [] : [`${shown} is not a file.`];
    }),
  );
  return checked.flat();
}
