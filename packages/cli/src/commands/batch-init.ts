import path from "node:path";
import { type CommandContext, isGiven, textValue } from "../arguments/command-context.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { type EditInput, findInputs, readStdin } from "../input/find-inputs.ts";
import { refuseExistingFile } from "../output/check-outputs.ts";
import { writeOutput } from "../output/durable-file.ts";

const defaultManifest = "batch.jsonl";
const defaultTemplate = "edited/{rel}/{name}.{ext}";

/** Quotes a CSV cell where it must be. */
function cell(text: string): string {
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Writes a path the same on every system; a manifest may travel. */
function portable(file: string): string {
  return file.split(path.sep).join("/");
}

/** Runs `retouch batch init`. */
export async function runBatchInit({ parsed, terminal, json }: CommandContext): Promise<number> {
  const target = textValue(parsed, "output") ?? defaultManifest;
  const prompt = textValue(parsed, "prompt");
  const model = textValue(parsed, "model");
  const template = textValue(parsed, "output-template") ?? defaultTemplate;
  const { inputs, skipped } = await findInputs(parsed.operands, {
    recursive: isGiven(parsed, "recursive"),
    readStdin: () => readStdin({ noInput: true }),
  });
  if (skipped.length > 0) {
    terminal.note(`Left out ${skipped.length} file(s) that are no PNG, JPEG or WebP, or that retouch made.`);
  }
  const folder = target === "-" ? process.cwd() : path.dirname(path.resolve(target));
  const rows = inputs.map((input) => rowOf(input, folder, template, { prompt, model }));
  checkOutputs(rows);
  const text =
    path.extname(target).toLowerCase() === ".csv"
      ? csv(rows)
      : rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  if (target === "-") {
    await terminal.bytes(Buffer.from(text));
    return exitCodes.ok;
  }
  const file = path.resolve(target);
  const force = isGiven(parsed, "force");
  if (!force) await refuseExistingFile(file);
  const written = await writeOutput(file, [Buffer.from(text)], { force });
  if (json) terminal.data(JSON.stringify({ manifest: written, rows: rows.length }));
  else terminal.path(written);
  terminal.note(`${rows.length} row(s). Next: retouch batch run ${target} --dry-run`);
  return exitCodes.ok;
}

interface InitRow {
  readonly image: string;
  readonly prompt?: string | undefined;
  readonly model?: string | undefined;
  readonly output: string;
}

function rowOf(
  { source, rel, name, label }: EditInput,
  folder: string,
  template: string,
  shared: { prompt?: string | undefined; model?: string | undefined },
): InitRow {
  if (typeof source !== "string") throw usageError(`${label} is no file. A manifest names files.`);
  // `{rel}` of a row counts from the manifest; what was found under a folder keeps its own tree instead.
  const filled = template.replaceAll("{rel}", rel === "" ? "." : portable(rel)).replaceAll("{name}", name);
  return { image: portable(path.relative(folder, source)), ...shared, output: path.posix.normalize(filled) };
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
