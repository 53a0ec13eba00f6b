import { exitByCode } from "./exit-by-code.ts";
import { helpFor } from "./help-for.ts";

// Help and version are printed before anything heavy is loaded: that is what people wait for while learning.
const words = process.argv.slice(2);
const help = helpFor(words);

// A reader that closes early (`| head`) is no failure; what was paid for is still written to files.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

if (help !== undefined) {
  process.stdout.write(help);
} else {
  const { runProgram } = await import("./program.ts");
  exitByCode(await runProgram(words));
}
