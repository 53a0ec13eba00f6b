import { hash } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import type { CommandContext } from "../arguments/command-context.ts";
import type { ParsedArguments } from "../arguments/command-definition.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { readFileValue, shortText } from "../input/file-value.ts";
import { dataInput, fileInput } from "../input/find-inputs.ts";
import { refuseSpecialFile } from "../input/read-named-file.ts";
import { openOwnOutputs } from "../journal/own-outputs.ts";
import { savedDirectory } from "../journal/state-directory.ts";
import { type MaskOptions, makeMask } from "../masks/make-mask.ts";
import { readImageSize } from "../masks/mask-pixels.ts";
import { refuseExistingFile } from "../output/check-outputs.ts";
import { writeOutput } from "../output/write-output.ts";

/** The arguments of `retouch mask`. */
interface MaskFlags {
  readonly file: string;
  readonly shape: Pick<MaskOptions, "alpha" | "blackWhite" | "rectangles" | "ellipses" | "invert">;
  /** An image whose size the mask gets. */
  readonly sizeOf: string | undefined;
  readonly output: string | undefined;
  readonly force: boolean;
}

function readMaskFlags(parsed: ParsedArguments): MaskFlags {
  const rectangles = parsed.list("rect");
  const ellipses = parsed.list("ellipse");
  const alpha = parsed.has("from-alpha");
  const blackWhite = parsed.has("from-bw");
  const sources = [rectangles.length + ellipses.length > 0, alpha, blackWhite].filter(Boolean).length;
  if (sources === 0)
    throw usageError("No area to edit is given. Give `--rect`, `--ellipse`, `--from-alpha` or `--from-bw`.");
  if (sources > 1)
    throw usageError("`--from-alpha`, `--from-bw` and shapes exclude each other. Give one of them.");
  return {
    file: parsed.operands[0] ?? "",
    shape: { alpha, blackWhite, rectangles, ellipses, invert: parsed.has("invert") },
    sizeOf: parsed.text("for"),
    output: parsed.text("output"),
    force: parsed.has("force"),
  };
}

/** Runs `retouch mask`. */
export async function runMask({ parsed, terminal, json, system }: CommandContext): Promise<number> {
  const { file, shape, sizeOf, output, force } = readMaskFlags(parsed);
  const value = readFileValue(file, ".");
  const input = typeof value === "string" ? fileInput(file) : dataInput(value);
  if (typeof value === "string") await checkFile(file);
  if (sizeOf !== undefined) await checkFile(sizeOf);
  const size = sizeOf === undefined ? undefined : await readImageSize(sizeOf, sizeOf);
  const mask = await makeMask(value, input.label, { ...shape, size });
  const target = output ?? path.join(input.dir, `${input.name}.mask.png`);
  if (target === "-") {
    if (process.stdout.isTTY)
      throw usageError("`-o -` would write a PNG to this terminal. Redirect it with `> mask.png`.");
    if (json) throw usageError("`-o -` and `--json` both write to stdout. Give a file with `-o`.");
    await terminal.bytes(mask.png);
    return exitCodes.ok;
  }
  const maskFile = path.resolve(path.extname(target).toLowerCase() === ".png" ? target : `${target}.png`);
  if (!force) await refuseExistingFile(maskFile, system);
  const written = await writeOutput(maskFile, [mask.png], { force }, system);
  // A mask is not a photo either when a folder is edited.
  const sha256 = hash("sha256", mask.png);
  await openOwnOutputs([savedDirectory(system.stateDirectory)], system).add([
    { byteLength: mask.png.length, sha256 },
  ]);
  const { width, height, editedShare } = mask;
  if (json) terminal.data(JSON.stringify({ path: written, width, height, editedShare }));
  else terminal.path(written);
  terminal.note(`${width}x${height}, ${(editedShare * 100).toFixed(1)} % of it will be edited.`);
  return exitCodes.ok;
}

async function checkFile(file: string): Promise<void> {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => error.code ?? "unreadable");
  if (info === "ENOENT") throw usageError(`${shortText(file)} does not exist. Check the path.`);
  if (typeof info === "string") throw usageError(`${shortText(file)} cannot be read: ${info}.`);
  if (info.isDirectory()) throw usageError(`${file} is a folder. Name one image.`);
  await refuseSpecialFile(file, file);
}
