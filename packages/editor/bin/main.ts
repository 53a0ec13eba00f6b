import { renderCommandHelp } from "../../cli/src/arguments/render-help.ts";
import { version } from "../../cli/src/arguments/version.ts";
import { exitWith } from "../../cli/src/exit-with.ts";
import { editorDefinition } from "./definition.ts";

// Help and version are printed before anything heavy is loaded, so they appear immediately.
const argv = process.argv.slice(2);
const flags = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;

// A reader that closes early (`| head`), or a terminal that was closed, does not end edits that are billed.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

if (flags.some((flag) => ["--version", "-V", "-v"].includes(flag))) {
  process.stdout.write(`${version}\n`);
} else if (flags.includes("--help") || flags.includes("-h")) {
  process.stdout.write(renderCommandHelp(editorDefinition, Math.min(process.stdout.columns || 80, 110)));
} else {
  const { runProgram } = await import("./program.ts");
  exitWith(await runProgram(argv));
}
