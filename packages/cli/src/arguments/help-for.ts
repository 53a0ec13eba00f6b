import { findCommand } from "./command-table.ts";
import { renderCommandHelp, renderHelp } from "./render-help.ts";
import { splitCommand } from "./split-command.ts";
import { version } from "./version.ts";

/** Finds the help or version that a command line asks for; undefined when it asks for something else. */
export function helpFor(words: readonly string[]): string | undefined {
  const flags = words.includes("--") ? words.slice(0, words.indexOf("--")) : words;
  const [first] = words;
  if (first === "--version" || first === "-V" || (first === "version" && words.length === 1))
    return `${version}\n`;
  const columns = Math.min(process.stdout.columns || 80, 110);
  if (first === undefined) return renderHelp(columns);
  const asks = first === "help" || flags.includes("--help") || flags.includes("-h");
  if (!asks) return undefined;
  const { name, isGroup } = splitCommand(
    (first === "help" ? words.slice(1) : flags).filter((word) => word !== "--help" && word !== "-h"),
  );
  if (name === "") return renderHelp(columns);
  if (isGroup) return renderHelp(columns, name);
  const command = findCommand(name);
  // An unknown command is told as such, help or not.
  return command && renderCommandHelp(command, columns);
}
