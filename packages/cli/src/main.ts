import { renderHelpFor } from "./arguments/render-help.ts";
import { exitWith } from "./exit-with.ts";

// Help and version are printed before anything heavy is loaded, so they appear immediately.
const argv = process.argv.slice(2);
const help = renderHelpFor(argv);

// A reader that closes early (`| head`), or a terminal that was closed, is not a failure; billed images are still written to files.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
});

// stderr may be closed (`2>&1 | head`): a message that cannot be written must not lose a billed image.
process.stderr.on("error", () => undefined);

if (help !== undefined) {
  process.stdout.write(help);
} else {
  const { runProgram } = await import("./program.ts");
  exitWith(await runProgram(argv));
}
