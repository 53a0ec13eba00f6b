import path from "node:path";
import { imageCount } from "../../edit/image-count.ts";
import { CliError } from "../../errors/cli-error.ts";
import { specFields } from "../../generated/fields.gen.ts";
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
import { otherFiles, ownFields, RowReader } from "./row-reader.ts";

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
  readonly crop: boolean;
  readonly force: boolean;
  /** The server that the rows are sent to. */
  readonly server: string;
  readonly lookAt: LookAtInput;
  /** Returns an output that is not inside `outDirectory`. */
  readonly system: System;
  readonly findOutside: (outputs: readonly string[]) => Promise<string | undefined>;
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
  const [original] = inputs;
  if (settings.pasteBack && original?.source instanceof URL)
    reader.problems.push(
      `\`image\` is ${original.label}, and \`--paste-back\` needs a local image. Download it first.`,
    );
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
  const isCropped = settings.crop && !(first.source instanceof URL) && mask !== undefined;
  const crop = isCropped ? { original: first.source, mask, size: fields["size"] } : undefined;
  const request = await requestKey(settings.server, { params, crop }, hashOf);
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
    const extension = outside?.endsWith(".") ? (output.askedExtension ?? "{ext}") : "";
    if (outside !== undefined)
      return [
        `\`output\` is ${outside}${extension}, outside ${outDirectory}. Keep it inside, or set \`--out-dir\`.`,
      ];
    const job = { params, inputs, output, count, force: settings.force, pasteBack: settings.pasteBack };
    return { line: raw.line, id: id ?? `line ${raw.line}`, request, key, outputs, job, isCropped };
  } catch (error) {
    if (error instanceof CliError) return [error.message];
    throw error;
  }
}

async function missingFiles(files: readonly string[], lookAt: LookAtInput): Promise<string[]> {
  const found = await Promise.all(files.map(lookAt));
  return found.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
}
