import { usageError } from "../cli-error.ts";
import type { CommandContext } from "../command-context.ts";
import { completionScript } from "../completion-script.ts";
import { exitCodes } from "../exit-codes.ts";
import { didYouMean } from "../nearest-word.ts";

const shells = ["bash", "zsh", "fish"] as const;

/** Runs `retouch completion`. */
export async function runCompletion({ parsed, terminal }: CommandContext): Promise<number> {
  const asked = parsed.operands[0] ?? "";
  const shell = shells.find((name) => name === asked);
  if (shell === undefined) {
    throw usageError(
      `\`${asked}\` is no shell we know.${didYouMean(asked, shells)} Use one of ${shells.join(", ")}.`,
    );
  }
  await terminal.bytes(Buffer.from(completionScript(shell)));
  return exitCodes.ok;
}
