import { CliError, usageError } from "../errors/cli-error.ts";

const maxBytes = 64 * 1024 * 1024;

/**
 * Reads standard input to its end; called only where `-` was written.
 *
 * @throws CliError when it is a terminal, or holds more than 64 MB.
 */
export async function readStdin({ noInput }: { noInput: boolean }): Promise<Uint8Array<ArrayBuffer>> {
  if (noInput)
    throw usageError("`-` reads standard input, which `--no-input` forbids. Leave one of them out.");
  if (process.stdin.isTTY)
    throw usageError("`-` reads standard input, which is a terminal. Pipe something in.");
  const pieces: Uint8Array[] = [];
  let byteLength = 0;
  for await (const piece of process.stdin) {
    const bytes: Uint8Array = piece;
    byteLength += bytes.length;
    if (byteLength > maxBytes) {
      throw new CliError("Standard input holds more than 64 MB. Give a file instead.", {
        exitCode: 2,
        code: "usage",
      });
    }
    pieces.push(bytes);
  }
  return new Uint8Array(Buffer.concat(pieces));
}
