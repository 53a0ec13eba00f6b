import type { CommandContext } from "../arguments/command-context.ts";
import { completionScript } from "../arguments/completion-script.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { didYouMean } from "../errors/did-you-mean.ts";

const shells = ["bash", "zsh", "fish"] as const;

/** Runs `retouch completion`. */
export async function runCompletion({ parsed, terminal }: CommandContext): Promise<number> {
  const asked = parsed.operands[0] ?? "";
  const shell = shells.find((name) => name === asked);
  if (shell === undefined) {
    throw usageError(
      `\`${asked}\` is not a supported shell.${didYouMean(asked, shells)} Use one of ${shells.join(", ")}.`,
    );
  }
  await terminal.bytes(Buffer.from(completionScript(shell)));
  return exitCodes.ok;
}
