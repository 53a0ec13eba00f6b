import path from "node:path";
import { imageCount } from "../../edit/image-count.ts";
import { CliError } from "../../errors/cli-error.ts";
import { didYouMean } from "../../errors/did-you-mean.ts";
import { specFields } from "../../generated/fields.gen.ts";
import { type FileValue, readFileValue } from "../../input/file-value.ts";
import { dataInput, fileInput, urlInput } from "../../input/find-inputs.ts";
import { requestKey, rowKey } from "../../journal/request-key.ts";
import type { System } from "../../journal/system.ts";
import { refuseName } from "../../output/check-outputs.ts";
import { outputNames, outputPattern } from "../../output/output-pattern.ts";
import { refuseLongOutput } from "../../output/refuse-long-name.ts";
import type { BatchRow } from "./batch-row.ts";
import { isInside } from "./find-escape.ts";
import type { LookAtInput } from "./input-cache.ts";
import type { RawRow } from "./raw-row.ts";

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
  /** The server that the rows are sent to. */
  readonly server: string;
  readonly lookAt: LookAtInput;
  /** Returns an output that is not inside `outDirectory`. */
  readonly system: System;
  readonly findOutside: (outputs: readonly string[]) => Promise<string | undefined>;
}

const ownFields = ["id", "image", "mask", "prompt", "model", "output", "extra"];
/** The file fields beside the images and the mask, such as `markup`. */
const otherFiles = specFields.flatMap(({ name, type }) => (type === "file" && name !== "mask" ? [name] : []));
const knownFields = [...new Set([...ownFields, ...specFields.map(({ name }) => name)])];

/** Reads the fields of a row and collects all problems. */
class RowReader {
  readonly problems: string[] = [];
  private readonly raw: Pick<RawRow, "fields">;
  private readonly isCsv: boolean;

  constructor(raw: Pick<RawRow, "fields">, isCsv: boolean) {
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
export async function readRow(
  raw: Pick<RawRow, "line" | "fields">,
  settings: RowSettings,
): Promise<BatchRow | readonly string[]> {
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
  for (const [name, file] of [...images.map((image) => ["image", image]), ["mask", mask], ...given]) {
    if (typeof file === "string" && file.includes("\u0000"))
      reader.problems.push(`\`${name}\` contains a NUL character. Give a path.`);
  }
  if (reader.problems.length > 0) return reader.problems;

  const [first] = inputs;
  if (first === undefined) return ["`image` is missing."];
  const files = [...inputs.map(({ source }) => source), mask, ...given.map(([, file]) => file)];
  const missing = await missingFiles(
    files.filter((file) => typeof file === "string"),
    settings.lookAt,
  );
  if (missing.length > 0) return missing;

  const image = inputs.map(({ source }) => source);
  const others = Object.fromEntries(given);
  const params = { ...fields, ...others, ...(extra && { extra }), image, mask, prompt, model };
  const hashOf = async (file: string) => (await settings.lookAt(file)).sha256;
  const request = await requestKey(settings.server, params, hashOf);
  const key = rowKey(request, id, template);

  const rel = path.relative(directory, first.dir);
  const values = {
    dir: isInside(rel) ? rel : "",
    rel: isInside(rel) ? rel : "",
    name: first.name,
    model: model ?? "",
    hash: key.slice(0, 8),
  };
  try {
    const output = outputPattern(template, values, outDirectory);
    const count = imageCount(model, fields["n"]);
    refuseName(output);
    const outputs = outputNames(output, count);
    for (const name of outputs) refuseLongOutput(name, settings.system);
    const outside = await settings.findOutside(outputs);
    if (outside !== undefined)
      return [`\`output\` is ${outside}, outside ${outDirectory}. Keep it inside, or set \`--out-dir\`.`];
    const job = { params, inputs, output, count, force: settings.force, pasteBack: settings.pasteBack };
    return { line: raw.line, id: id ?? `line ${raw.line}`, request, key, outputs, job };
  } catch (error) {
    if (error instanceof CliError) return [error.message];
    throw error;
  }
}

async function missingFiles(files: readonly string[], lookAt: LookAtInput): Promise<string[]> {
  const found = await Promise.all(files.map(lookAt));
  return found.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
}
