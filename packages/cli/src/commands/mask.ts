import { lstat } from "node:fs/promises";
import path from "node:path";
import { type CommandContext, isGiven, listValue, textValue } from "../arguments/command-context.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { fileInput } from "../input/find-inputs.ts";
import { makeMask } from "../masks/make-mask.ts";
import { readImageSize } from "../masks/read-mask.ts";
import { refuseExistingFile } from "../output/check-outputs.ts";
import { writeOutput } from "../output/durable-file.ts";

/** Runs `retouch mask`. */
export async function runMask({ parsed, terminal, json }: CommandContext): Promise<number> {
  const file = parsed.operands[0] ?? "";
  const input = fileInput(file);
  await checkFile(file);
  const rectangles = listValue(parsed, "rect");
  const ellipses = listValue(parsed, "ellipse");
  const alpha = isGiven(parsed, "from-alpha");
  const blackWhite = isGiven(parsed, "from-bw");
  const ways = [rectangles.length + ellipses.length > 0, alpha, blackWhite].filter(Boolean).length;
  if (ways === 0)
    throw usageError(
      "Nothing says where to edit. Give `--rect`, `--ellipse`, `--from-alpha` or `--from-bw`.",
    );
  if (ways > 1)
    throw usageError("`--from-alpha`, `--from-bw` and shapes exclude each other. Give one of them.");
  const other = textValue(parsed, "for");
  if (other !== undefined) await checkFile(other);
  const size = other === undefined ? undefined : await readImageSize(other, other);
  const mask = await makeMask(path.resolve(file), file, {
    alpha,
    blackWhite,
    rectangles,
    ellipses,
    invert: isGiven(parsed, "invert"),
    size,
  });
  const target = textValue(parsed, "output") ?? path.join(input.dir, `${input.name}.mask.png`);
  const share = `${(mask.editedShare * 100).toFixed(1)} %`;
  if (target === "-") {
    if (process.stdout.isTTY)
      throw usageError("`-o -` would write a PNG to this terminal. Send it on with `> mask.png`.");
    if (json) throw usageError("`-o -` and `--json` both want stdout. Give a file with `-o`.");
    await terminal.bytes(mask.png);
    return exitCodes.ok;
  }
  const place = path.resolve(path.extname(target).toLowerCase() === ".png" ? target : `${target}.png`);
  const force = isGiven(parsed, "force");
  if (!force) await refuseExistingFile(place);
  const written = await writeOutput(place, [mask.png], { force });
  const { width, height, editedShare } = mask;
  if (json) terminal.data(JSON.stringify({ path: written, width, height, editedShare }));
  else terminal.path(written);
  terminal.note(`${width}x${height}, ${share} of it to be edited.`);
  return exitCodes.ok;
}

async function checkFile(file: string): Promise<void> {
  const facts = await lstat(file).catch((error: NodeJS.ErrnoException) => error.code ?? "unreadable");
  if (facts === "ENOENT") throw usageError(`${file} does not exist. Check the path.`);
  if (typeof facts === "string") throw usageError(`${file} can not be read: ${facts}.`);
  if (facts.isDirectory()) throw usageError(`${file} is a folder. Name one picture.`);
}
