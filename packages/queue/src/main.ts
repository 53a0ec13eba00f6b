import { exitWith } from "@retouch/cli/journal";
import { helpFor } from "./commands/help.ts";

const argv = process.argv.slice(2);
const help = helpFor(argv, Math.min(process.stdout.columns || 80, 110));

// A reader that closes early (`| head`), or a terminal that was closed, is not a failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
});
process.stderr.on("error", () => undefined);

if (help !== undefined) {
  process.stdout.write(help);
} else {
  const { runProgram } = await import("./commands/program.ts");
  exitWith(await runProgram(argv, exitWith));
}
