import { hash } from "node:crypto";
import type { CommandContext } from "../arguments/command-context.ts";
import type { EditFlags } from "../arguments/edit-flags.ts";
import { chooseModel, modelNote } from "../config/config.ts";
import { usageError } from "../errors/cli-error.ts";
import { readFileValue } from "../input/file-value.ts";
import { type EditInput, findInputs, readStdin } from "../input/find-inputs.ts";
import { printLeftOut } from "../input/print-left-out.ts";
import { readNamedFile, refuseSpecialFile } from "../input/read-named-file.ts";
import { openKnownOutputs } from "../journal/known-outputs.ts";
import type { System } from "../journal/system.ts";
import { refuseName } from "../output/check-outputs.ts";
import { withFreeNumber } from "../output/free-number.ts";
import { outputPattern, outputTemplate, possiblePaths } from "../output/output-pattern.ts";
import type { EditJob } from "./edit-job.ts";
import { imageCount } from "./image-count.ts";

/** Plans the edits of a command line and opens the files it names. Nothing is sent. */
export async function planEdits(
  flags: EditFlags,
  { terminal, env, system }: Pick<CommandContext, "terminal" | "env" | "system">,
): Promise<EditJob[]> {
  const model = chooseModel(flags.model, env["RETOUCH_MODEL"]);
  const note = modelNote(model);
  const prompt = await readPrompt(flags);
  const found = await findInputs(flags.images, {
    ...flags,
    skipOwn: flags.each && flags.skipExisting,
    outputsIn: (folder) => openKnownOutputs(system, folder),
  });
  printLeftOut(found, terminal);
  const { inputs } = found;
  const groups = flags.each ? inputs.map((input) => [input]) : [inputs];
  const jobs: EditJob[] = [];
  for (const group of groups)
    jobs.push(await planEdit(group, { ...flags.fields, model, prompt }, flags, system));
  if (note !== undefined) terminal.warn(note);
  checkCollisions(jobs);
  return jobs;
}

async function planEdit(
  inputs: readonly EditInput[],
  fields: Readonly<Record<string, unknown>>,
  flags: EditFlags,
  system: System,
): Promise<EditJob> {
  const [first] = inputs;
  if (first === undefined) throw usageError("No image is given.");
  const count = imageCount(String(fields["model"]), fields["n"]);
  if (flags.pasteBack) await localImage(first, "paste-back");
  const mask = await readMask(flags, first);
  const files = await readFiles(flags);
  const { size, crop, ...images } = await sizeAndImages({ inputs, first, mask }, fields, flags);
  const params = { ...fields, ...files, ...images, size };
  const values = {
    ...first,
    model: String(fields["model"]),
    hash: hash(
      "sha256",
      JSON.stringify([inputs.map(({ label }) => label), { ...fields, ...flags.files, size }]),
    ).slice(0, 8),
  };
  const template = flags.output;
  const named =
    template === "-"
      ? undefined
      : outputPattern(await outputTemplate(template, values, system.files), values, system.workingDirectory);
  const isOurs = template === undefined && !flags.each && !flags.skipExisting && !flags.force;
  const output = named !== undefined && isOurs ? withFreeNumber(named, count, system.files) : named;
  if (output !== undefined) refuseName(output);
  return { params, inputs, output, count, force: flags.force, pasteBack: flags.pasteBack, crop };
}

/** Returns the images of an edit and its size: as they are, or with `--crop` the surroundings of the mask. */
async function sizeAndImages(
  {
    inputs,
    first,
    mask,
  }: { inputs: readonly EditInput[]; first: EditInput; mask: string | Uint8Array | undefined },
  fields: Readonly<Record<string, unknown>>,
  { crop: isCropped }: EditFlags,
): Promise<Readonly<Record<"image" | "mask" | "size", unknown>> & Pick<EditJob, "crop">> {
  const image = inputs.map(({ source }) => source);
  const { size } = fields;
  if (isCropped && mask !== undefined) {
    const { cropEdit } = await import("../masks/crop-edit.ts");
    const options = { label: first.label, model: String(fields["model"]), size };
    const crop = await cropEdit(await localImage(first, "crop"), mask, options);
    return { image: [crop.image, ...image.slice(1)], mask: crop.mask, size: crop.size, crop: crop.record };
  }
  return { image, mask, size: size === "match-input" ? await matchedSize(fields, first) : size };
}

async function matchedSize(given: Readonly<Record<string, unknown>>, first: EditInput): Promise<string> {
  const [{ matchInputSize }, { readImageSize }] = await Promise.all([
    import("../input/match-input-size.ts"),
    import("../masks/mask-pixels.ts"),
  ]);
  const size = await readImageSize(await localImage(first, "size match-input"), first.label);
  const turned = size.orientation >= 5;
  const upright = turned ? { width: size.height, height: size.width } : size;
  return matchInputSize(String(given["model"]), upright);
}

/** Returns an image that sharp can open. Only the client downloads URLs, so they are rejected here. */
async function localImage(input: EditInput, flag: string): Promise<string | Uint8Array> {
  if (typeof input.source === "string") await refuseSpecialFile(input.source, input.label);
  if (input.source instanceof URL) {
    throw usageError(`\`--${flag}\` needs a local image, but ${input.label} is a URL. Download it first.`);
  }
  return input.source;
}

async function readMask(
  { mask, noInput }: EditFlags,
  first: EditInput,
): Promise<string | Uint8Array | undefined> {
  if (mask === undefined) return undefined;
  if (mask.kind === "file") {
    if (mask.file === "-") return await readStdin({ noInput });
    const value = readFileValue(mask.file, ".");
    if (typeof value === "string") await refuseSpecialFile(value, mask.file);
    return value;
  }
  const { makeMask } = await import("../masks/make-mask.ts");
  const flag = mask.kind === "alpha" ? "mask-alpha" : "mask-rect";
  const source = await localImage(first, flag);
  const options = mask.kind === "alpha" ? { alpha: true } : { rectangles: [mask.text], flag };
  return (await makeMask(source, first.label, options)).png;
}

/** Returns the inputs of the file fields beside the mask: absolute paths, or the bytes of stdin or of a `data:` URI. */
async function readFiles({ files, noInput }: EditFlags): Promise<Record<string, string | Uint8Array>> {
  const inputs = Object.entries(files).map(
    async ([name, file]) =>
      [name, file === "-" ? await readStdin({ noInput }) : readFileValue(file, ".")] as const,
  );
  return Object.fromEntries(await Promise.all(inputs));
}

async function readPrompt({ prompt, promptFile: file, noInput }: EditFlags): Promise<string> {
  if (prompt !== undefined) return prompt;
  if (file === undefined)
    throw usageError("No prompt is given. Say what to change with `-p TEXT` or `--prompt-file FILE`.");
  const isStdin = file === "-" || file === "/dev/stdin";
  const bytes = isStdin
    ? await readStdin({ noInput })
    : await readNamedFile("--prompt-file", file, { maxMegabytes: 64 });
  try {
    // Editors end a file with a line break, which is not part of the prompt.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r?\n$/, "");
  } catch (error) {
    throw usageError(`\`--prompt-file ${file}\` is not UTF-8 text. Save it as UTF-8.`, [], error);
  }
}

/** Throws when two edits would write the same file. */
function checkCollisions(jobs: readonly EditJob[]): void {
  const seen = new Map<string, string>();
  for (const { output, count, inputs } of jobs) {
    if (output === undefined) continue;
    const label = inputs[0]?.label ?? "";
    const files = new Set(possiblePaths(output, count));
    for (const file of files) {
      const other = seen.get(file);
      if (other !== undefined) {
        throw usageError(
          `${other} and ${label} would both be written to ${file}. Use a template with {name} or {rel}.`,
        );
      }
      seen.set(file, label);
    }
  }
}
