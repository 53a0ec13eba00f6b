import { renderHelpFor } from "./arguments/render-help.ts";

// Help and version are printed before anything heavy is loaded: that is what people wait for while learning.
const words = process.argv.slice(2);
const help = renderHelpFor(words);

// A reader that closes early (`| head`) is no failure; what was paid for is still written to files.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

// Nobody listens any more (`2>&1 | head`): what can not be told is no reason to lose what was paid for.
process.stderr.on("error", () => undefined);

if (help !== undefined) {
  process.stdout.write(help);
} else {
  const { exitWith, runProgram } = await import("./program.ts");
  exitWith(await runProgram(words));
}
