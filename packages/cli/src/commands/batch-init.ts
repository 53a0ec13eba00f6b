import path from "node:path";
import type { CommandContext } from "../arguments/command-context.ts";
import type { ParsedArguments } from "../arguments/command-definition.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { type EditInput, findInputs } from "../input/find-inputs.ts";
import { printLeftOut } from "../input/print-left-out.ts";
import { openKnownOutputs } from "../journal/known-outputs.ts";
import { probeDirectories, refuseExistingFile } from "../output/check-outputs.ts";
import { refuseTilde } from "../output/refuse-tilde.ts";
import { writeOutput } from "../output/write-output.ts";

const defaultManifest = "batch.jsonl";
const defaultTemplate = "edited/{rel}/{name}.{ext}";

/** Quotes a CSV cell if needed. */
function cell(text: string): string {
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Returns a path with `/` on every system, because a manifest may be copied to another one. */
function portable(file: string): string {
  return file.split(path.sep).join("/");
}

/** The arguments of `retouch batch init`. */
interface BatchInitFlags {
  readonly images: readonly string[];
  readonly recursive: boolean;
  readonly prompt: string | undefined;
  readonly model: string | undefined;
  /** Output of every row. */
  readonly template: string;
  /** The manifest to write; `-` for stdout. */
  readonly manifest: string;
  readonly force: boolean;
}

function readBatchInitFlags(parsed: ParsedArguments): BatchInitFlags {
  const template = parsed.text("output-template") ?? defaultTemplate;
  refuseTilde("--output-template", template);
  return {
    images: parsed.operands,
    recursive: parsed.has("recursive"),
    prompt: parsed.text("prompt"),
    model: parsed.text("model"),
    template,
    manifest: parsed.text("output") ?? defaultManifest,
    force: parsed.has("force"),
  };
}

/** Runs `retouch batch init`. */
export async function runBatchInit({ parsed, terminal, json, system }: CommandContext): Promise<number> {
  const flags = readBatchInitFlags(parsed);
  const { manifest, force } = flags;
  const found = await findInputs(flags.images, {
    recursive: flags.recursive,
    noInput: true,
    outputsIn: (folder) => openKnownOutputs(system, folder),
  });
  printLeftOut(found, terminal);
  const directory = manifest === "-" ? process.cwd() : path.dirname(path.resolve(manifest));
  const rows = found.inputs.map((input) => toRow(input, directory, flags));
  checkOutputs(rows);
  const text =
    path.extname(manifest).toLowerCase() === ".csv"
      ? csv(rows)
      : rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  if (manifest === "-") {
    await terminal.bytes(Buffer.from(text));
    return exitCodes.ok;
  }
  const file = path.resolve(manifest);
  if (!force) await refuseExistingFile(file, system);
  await probeDirectories([path.dirname(file)], system);
  const written = await writeOutput(file, [Buffer.from(text)], { force }, system);
  if (json) terminal.data(JSON.stringify({ manifest: written, rows: rows.length }));
  else terminal.path(written);
  terminal.note(`${rows.length} row(s). Next: retouch batch run ${manifest} --dry-run`);
  return exitCodes.ok;
}

interface InitRow {
  readonly image: string;
  readonly prompt?: string | undefined;
  readonly model?: string | undefined;
  readonly output: string;
}

function toRow(
  { source, rel, name, label }: EditInput,
  directory: string,
  { template, prompt, model }: BatchInitFlags,
): InitRow {
  if (typeof source !== "string") throw usageError(`${label} is not a file. A manifest names files.`);
  // In a row, `{rel}` is relative to the manifest; inputs found in a directory keep their own tree instead.
  const filled = template.replaceAll("{rel}", rel === "" ? "." : portable(rel)).replaceAll("{name}", name);
  const image = portable(path.relative(directory, source));
  return { image, prompt, model, output: path.posix.normalize(filled) };
}

function checkOutputs(rows: readonly InitRow[]): void {
  const seen = new Map<string, string>();
  for (const { image, output } of rows) {
    const other = seen.get(output);
    if (other !== undefined) {
      throw usageError(
        `${other} and ${image} would both be written to ${output}. Use \`--output-template\` with {rel} and {name}.`,
      );
    }
    seen.set(output, image);
  }
}

function csv(rows: readonly InitRow[]): string {
  const columns = (["image", "prompt", "model", "output"] as const).filter((name) =>
    rows.some((row) => row[name] !== undefined),
  );
  const lines = rows.map((row) => columns.map((name) => cell(row[name] ?? "")).join(","));
  return `${[columns.join(","), ...lines].join("\n")}\n`;
}
