import { usageError } from "../errors/cli-error.ts";
import { specFields } from "../generated/fields.gen.ts";
import { parseRate, readMaxCost, refuseCropAlone } from "./batch-run-flags.ts";
import type { ParsedArguments } from "./command-definition.ts";
import { fieldOptions } from "./field-options.ts";

/** The arguments of `retouch edit`, checked against each other. */
export interface EditFlags {
  /** Paths, globs, URLs, or `-` for stdin. */
  readonly images: readonly string[];
  readonly recursive: boolean;
  readonly model: string | undefined;
  readonly prompt: string | undefined;
  /** File to read the prompt from, or `-` for stdin. */
  readonly promptFile: string | undefined;
  readonly mask: MaskFlag | undefined;
  readonly pasteBack: boolean;
  /** Sends only the surroundings of the mask; needs `pasteBack`. */
  readonly crop: boolean;
  /** Paths of the file fields beside `mask`, such as `markup`, by the spec's names; `-` for stdin. */
  readonly files: Readonly<Record<string, string>>;
  /** The spec's fields by their own names; `extra` has those of `--param`. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Path or template; `-` for stdout. */
  readonly output: string | undefined;
  readonly each: boolean;
  /** Edits in flight, with `each`. */
  readonly concurrency: number;
  /** Time between two sends; 0 without a rate. */
  readonly intervalMs: number;
  readonly maxCostUsd: number | undefined;
  readonly force: boolean;
  readonly skipExisting: boolean;
  readonly dryRun: boolean;
  /** Sends edits that were sent before and may be billed. */
  readonly retryUnknown: boolean;
  readonly noInput: boolean;
}

/** The mask that a command line asks for. */
type MaskFlag =
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "alpha" }
  | { readonly kind: "rectangle"; readonly text: string };

/**
 * Reads the arguments of `retouch edit`.
 *
 * @throws CliError, exit code 2, when flags contradict each other.
 */
export function readEditFlags(parsed: ParsedArguments): EditFlags {
  const prompt = parsed.text("prompt");
  const flags: EditFlags = {
    images: parsed.operands,
    recursive: parsed.has("recursive"),
    model: parsed.text("model"),
    prompt: prompt === "-" ? undefined : prompt,
    promptFile: prompt === "-" ? "-" : parsed.text("prompt-file"),
    mask: maskFlag(parsed),
    pasteBack: parsed.has("paste-back"),
    crop: parsed.has("crop"),
    files: fileValues(parsed),
    fields: fieldValues(parsed),
    output: parsed.text("output"),
    each: parsed.has("each"),
    concurrency: parsed.number("concurrency") ?? 1,
    intervalMs: parseRate(parsed.text("rate")),
    maxCostUsd: readMaxCost(parsed),
    force: parsed.has("force"),
    skipExisting: parsed.has("skip-existing"),
    dryRun: parsed.has("dry-run"),
    retryUnknown: parsed.has("retry-unknown"),
    noInput: parsed.has("no-input"),
  };
  if (prompt !== undefined && parsed.has("prompt-file")) throw mutuallyExclusive("--prompt", "--prompt-file");
  refuseCropAlone(flags);
  checkOutputFlags(flags, parsed.has("json"));
  checkStdinFlags(flags);
  for (const flag of ["concurrency", "rate"]) {
    if (parsed.has(flag) && !flags.each) {
      throw usageError(`\`--${flag}\` needs \`--each\`: without it all images go into one edit.`);
    }
  }
  if (flags.mask !== undefined && flags.files["markup"] !== undefined) {
    const flag = { file: "--mask", alpha: "--mask-alpha", rectangle: "--mask-rect" }[flags.mask.kind];
    throw mutuallyExclusive("--markup", flag);
  }
  return flags;
}

function maskFlag(parsed: ParsedArguments): MaskFlag | undefined {
  const file = parsed.text("mask");
  const text = parsed.text("mask-rect");
  const alpha = parsed.has("mask-alpha");
  if ([file !== undefined, text !== undefined, alpha].filter(Boolean).length > 1) {
    throw mutuallyExclusive("--mask", "--mask-alpha", "--mask-rect");
  }
  if (file !== undefined) return { kind: "file", file };
  if (text !== undefined) return { kind: "rectangle", text };
  if (alpha) return { kind: "alpha" };
  if (parsed.has("paste-back")) {
    throw usageError("`--paste-back` needs a mask: give `--mask`, `--mask-alpha` or `--mask-rect`.");
  }
  return undefined;
}

function fileValues(parsed: ParsedArguments): Record<string, string> {
  const files = fieldOptions.flatMap(({ flag, field, kind }) => {
    const file = kind === "path" ? parsed.text(flag) : undefined;
    return file === undefined || field === undefined ? [] : [[field, file] as const];
  });
  return Object.fromEntries(files);
}

function fieldValues(parsed: ParsedArguments): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const { flag, field, value, kind } of fieldOptions) {
    const given = parsed.values[flag];
    if (given === undefined || field === undefined || kind === "path") continue;
    if (field in fields) throw mutuallyExclusive(`--${flag}`, `--${flag.replace(/^no-/, "")}`);
    fields[field] = value === undefined ? !flag.startsWith("no-") : given;
  }
  const extra = extraFields(parsed.list("param"));
  return Object.keys(extra).length > 0 ? { ...fields, extra } : fields;
}

function extraFields(params: readonly string[]): Record<string, string> {
  const extra = new Map<string, string>();
  for (const text of params) {
    const parts = /^([A-Za-z0-9_.[\]-]+)=(.*)$/s.exec(text);
    const [name, value] = [parts?.[1], parts?.[2]];
    if (name === undefined || value === undefined || value === "") {
      throw usageError(`\`--param\` is \`${text}\`. Write a name, =, and a value: \`--param style=vivid\`.`);
    }
    const known = specFields.find((field) => field.name === name);
    if (known !== undefined)
      throw usageError(`\`--param ${name}\` is a field of the spec. Use \`${known.flag}\`.`);
    if (extra.has(name)) throw usageError(`\`--param ${name}\` comes twice. Give it once.`);
    extra.set(name, value);
  }
  // An assignment to `__proto__` would set no field.
  return Object.fromEntries(extra);
}

function checkOutputFlags({ output, force, skipExisting, fields, each }: EditFlags, json: boolean): void {
  if (force && skipExisting) throw mutuallyExclusive("--force", "--skip-existing");
  if (output !== "-") return;
  if (json) {
    throw usageError(
      "`-o -` and `--json` both write to stdout. Give a file with `-o`, or leave out `--json`.",
    );
  }
  if (typeof fields["n"] === "number" && fields["n"] > 1) {
    throw usageError(
      "`-o -` writes one image to stdout, but `-n` asks for more. Give a template with `{n}`.",
    );
  }
  if (each) {
    throw usageError(
      "`-o -` writes one image to stdout, but `--each` makes several. Give a template with `{name}`.",
    );
  }
}

function checkStdinFlags({ images, promptFile, mask, files }: EditFlags): void {
  const sources = [
    ...images,
    promptFile,
    mask?.kind === "file" ? mask.file : undefined,
    ...Object.values(files),
  ];
  if (sources.filter((source) => source === "-").length > 1) {
    throw usageError("Standard input can be read only once. Remove one `-`.");
  }
}

function mutuallyExclusive(...flags: readonly string[]): Error {
  const names = flags.map((flag) => `\`${flag}\``);
  return usageError(`${names.slice(0, -1).join(", ")} and ${names.at(-1)} exclude each other. Give one.`);
}
