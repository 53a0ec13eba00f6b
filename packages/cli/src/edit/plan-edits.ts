import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { type CommandContext, isGiven, textValue } from "../arguments/command-context.ts";
import { paramsFromFlags } from "../arguments/params-from-flags.ts";
import { chooseModel } from "../config/config.ts";
import { usageError } from "../errors/cli-error.ts";
import { type EditInput, findInputs, readStdin } from "../input/find-inputs.ts";
import { outputPattern, outputTemplate } from "../output/output-pattern.ts";
import type { EditJob } from "./edit-job.ts";

/** Turns a command line into edits, and opens what it names; nothing is sent. */
export async function planEdits({ parsed, terminal, env }: CommandContext): Promise<EditJob[]> {
  const model = chooseModel(textValue(parsed, "model"), env["RETOUCH_MODEL"]);
  const params = paramsFromFlags(parsed);
  const noInput = isGiven(parsed, "no-input");
  checkCombinations({ parsed, params });
  const prompt = await readPrompt(parsed, noInput);
  const { inputs, skipped } = await findInputs(parsed.operands, {
    recursive: isGiven(parsed, "recursive"),
    readStdin: () => readStdin({ noInput }),
  });
  if (skipped.length > 0) {
    terminal.note(`Left out ${skipped.length} file(s) that are no PNG, JPEG or WebP, or that retouch made.`);
  }
  const groups = isGiven(parsed, "each") ? inputs.map((input) => [input]) : [inputs];
  const jobs: EditJob[] = [];
  for (const group of groups) jobs.push(await planEdit(group, { ...params, model, prompt }, parsed));
  return jobs;
}

async function planEdit(
  inputs: readonly EditInput[],
  given: Readonly<Record<string, unknown>>,
  parsed: CommandContext["parsed"],
): Promise<EditJob> {
  const [first] = inputs;
  if (first === undefined) throw usageError("No picture is given.");
  if (isGiven(parsed, "paste-back")) await localImage(first, "paste-back");
  const mask = await readMask(parsed, first);
  const size = given["size"] === "match-input" ? await matchedSize(given, first) : given["size"];
  const image = inputs.map(({ source }) => source);
  const params = { ...given, image, mask, size };
  const template = textValue(parsed, "output");
  const facts = {
    ...first,
    model: String(given["model"]),
    hash: hash("sha256", JSON.stringify([inputs.map(({ label }) => label), { ...given, size }])).slice(0, 8),
  };
  const output =
    template === "-" ? undefined : outputPattern(await outputTemplate(template, facts), facts, process.cwd());
  return {
    params,
    inputs,
    output,
    count: typeof given["n"] === "number" ? Math.max(1, given["n"]) : 1,
    force: isGiven(parsed, "force"),
    pasteBack: isGiven(parsed, "paste-back"),
  };
}

async function matchedSize(given: Readonly<Record<string, unknown>>, first: EditInput): Promise<string> {
  const [{ matchInputSize }, { readImageSize }] = await Promise.all([
    import("../input/match-input-size.ts"),
    import("../masks/read-mask.ts"),
  ]);
  const size = await readImageSize(await localImage(first, "size match-input"), first.label);
  const turned = size.orientation >= 5;
  const upright = turned ? { width: size.height, height: size.width } : size;
  return matchInputSize(String(given["model"]), upright);
}

/** Gives a picture to sharp; a URL is fetched by the client alone, so what must look inside refuses it. */
async function localImage(input: EditInput, flag: string): Promise<string | Uint8Array> {
  if (typeof input.source === "string") return input.source;
  if (input.source instanceof URL) {
    throw usageError(
      `\`--${flag}\` needs the picture on this machine, but ${input.label} is a URL. Download it first.`,
    );
  }
  return input.source;
}

async function readMask(
  parsed: CommandContext["parsed"],
  first: EditInput,
): Promise<string | Uint8Array | undefined> {
  const file = textValue(parsed, "mask");
  const rectangle = textValue(parsed, "mask-rect");
  const fromAlpha = isGiven(parsed, "mask-alpha");
  if ([file !== undefined, rectangle !== undefined, fromAlpha].filter(Boolean).length > 1) {
    throw usageError("`--mask`, `--mask-alpha` and `--mask-rect` exclude each other. Give one.");
  }
  if (file === "-") return await readStdin({ noInput: isGiven(parsed, "no-input") });
  if (file !== undefined) return path.resolve(file);
  if (rectangle === undefined && !fromAlpha) {
    if (isGiven(parsed, "paste-back")) {
      throw usageError("`--paste-back` needs a mask: give `--mask`, `--mask-alpha` or `--mask-rect`.");
    }
    return undefined;
  }
  const { makeMask } = await import("../masks/make-mask.ts");
  const flag = fromAlpha ? "mask-alpha" : "mask-rect";
  const source = await localImage(first, flag);
  const way = rectangle === undefined ? ({ alpha: true } as const) : { rectangles: [rectangle], flag };
  return (await makeMask(source, first.label, way)).png;
}

async function readPrompt(parsed: CommandContext["parsed"], noInput: boolean): Promise<string> {
  const given = textValue(parsed, "prompt");
  const text = given === "-" ? undefined : given;
  const file = given === "-" ? "-" : textValue(parsed, "prompt-file");
  if (given !== undefined && textValue(parsed, "prompt-file") !== undefined) {
    throw usageError("`--prompt` and `--prompt-file` exclude each other. Give one.");
  }
  if (text !== undefined) return text;
  if (file === undefined)
    throw usageError("No prompt is given. Say what to change with `-p TEXT` or `--prompt-file FILE`.");
  const bytes = file === "-" ? await readStdin({ noInput }) : await readPromptFile(file);
  try {
    // The line break that editors put at the end of a file is no part of the prompt.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r?\n$/, "");
  } catch (error) {
    throw usageError(`\`--prompt-file ${file}\` is no UTF-8 text. Save it as UTF-8.`, [], error);
  }
}

async function readPromptFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown reason";
    throw usageError(`\`--prompt-file ${file}\` can not be read: ${code}. Give an existing file.`, [], error);
  }
}

function checkCombinations({
  parsed,
  params,
}: {
  parsed: CommandContext["parsed"];
  params: Readonly<Record<string, unknown>>;
}): void {
  const toStdout = textValue(parsed, "output") === "-";
  if (isGiven(parsed, "force") && isGiven(parsed, "skip-existing")) {
    throw usageError("`--force` and `--skip-existing` exclude each other. Give one.");
  }
  if (toStdout && isGiven(parsed, "json")) {
    throw usageError("`-o -` and `--json` both want stdout. Give a file with `-o`, or leave `--json` out.");
  }
  if (toStdout && typeof params["n"] === "number" && params["n"] > 1) {
    throw usageError(
      "`-o -` writes one picture to stdout, but `-n` asks for more. Give a template with `{n}`.",
    );
  }
  if (toStdout && isGiven(parsed, "each")) {
    throw usageError(
      "`-o -` writes one picture to stdout, but `--each` makes several. Give a template with `{name}`.",
    );
  }
  const words = [
    ...parsed.operands,
    ...["prompt", "prompt-file", "mask"].map((flag) => textValue(parsed, flag)),
  ];
  if (words.filter((word) => word === "-").length > 1) {
    throw usageError("Standard input can be read once only. Leave one `-`.");
  }
}
