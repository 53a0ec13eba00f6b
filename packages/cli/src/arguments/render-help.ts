import { wrapText } from "../terminal/format-table.ts";
import type { CommandDefinition, OptionDefinition } from "./command-definition.ts";
import { commandTable, findCommand } from "./command-table.ts";
import { exampleModel } from "./definitions/shared-options.ts";
import { splitCommand } from "./split-command.ts";
import { version } from "./version.ts";

/** Every exit code, with its meaning. */
export const exitCodeLines: readonly (readonly [string, string])[] = [
  ["0", "ok"],
  ["1", "rejected by the server, or an internal error"],
  ["2", "usage or invalid input; nothing was sent"],
  ["3", "batch with failed rows"],
  ["4", "the key is missing or rejected"],
  ["5", "rate limit or quota"],
  ["6", "rejected by a policy"],
  ["7", "network; the request was not sent"],
  ["8", "outcome unknown; maybe billed (`retouch recover`)"],
  ["9", "over the budget"],
  ["10", "output exists; nothing was sent"],
  ["11", "billed and stored, but not written (`retouch recover -o`)"],
  ["129/130/143", "hung up / interrupted / terminated"],
];

/** Below this many columns a text is not readable beside its label. */
const leastTextColumns = 24;

function indented(label: string, text: string, at: number, columns: number): string[] {
  const room = columns - at - 1;
  const longest = Math.max(...text.split(" ").map((word) => word.length));
  if (room < Math.max(leastTextColumns, longest)) {
    return [`  ${label.trimStart()}`, ...wrapText(text, columns - 6).map((line) => " ".repeat(6) + line)];
  }
  const [first = "", ...rest] = wrapText(text, room);
  const fits = label.length + 2 <= at - 2;
  const head = fits ? [`  ${label.padEnd(at - 2)}${first}`] : [`  ${label}`, " ".repeat(at) + first];
  return [...head, ...rest.map((line) => " ".repeat(at) + line)];
}

function label({ short, flag, value }: OptionDefinition): string {
  return `${short === undefined ? "    " : `-${short}, `}--${flag}${value === undefined ? "" : ` ${value}`}`;
}

/** Wraps a command line between its arguments; `end` marks a line that goes on. */
function wrapCommand(line: string, columns: number, end = ""): string[] {
  const lines: string[] = [];
  let shown = " ";
  for (const argument of line.match(/(?:"[^"]*"|[^\s"])+/g) ?? []) {
    if (shown.length > 2 && shown.length + 1 + argument.length + end.length > columns) {
      lines.push(shown + end);
      shown = "   ";
    }
    shown += ` ${argument}`;
  }
  return [...lines, shown];
}

/** Returns the help of one command, wrapped to a width. */
export function renderCommandHelp(definition: CommandDefinition, columns: number): string {
  const lines = [...wrapText(`${definition.summary}.`, columns), "", "Usage"];
  lines.push(...definition.usage.flatMap((line) => wrapCommand(line, columns)));
  lines.push("", "Examples", ...definition.examples.flatMap((line) => wrapCommand(line, columns, " \\")));
  for (const group of definition.groups) {
    lines.push("", group.title);
    for (const option of group.options) {
      const choices = option.choices === undefined ? "" : ` One of ${option.choices.join(", ")}.`;
      const known = option.suggestions === undefined ? "" : ` Known: ${option.suggestions.join(", ")}.`;
      lines.push(...indented(label(option), option.description + choices + known, 34, columns));
    }
  }
  for (const note of definition.notes ?? []) lines.push("", ...wrapText(note, columns));
  return `${lines.join("\n")}\n`;
}

/** Returns a heading and, below it, names beside their texts. */
export function renderSection(
  title: string,
  rows: readonly (readonly [string, string])[],
  columns: number,
): string[] {
  return ["", title, ...rows.flatMap(([name, text]) => indented(name, text, 20, columns))];
}

/** Returns the help of the program, wrapped to a width; `group` limits it to a group such as `batch`. */
function renderHelp(columns: number, group?: string): string {
  const shown = commandTable.filter(({ name }) => group === undefined || name.startsWith(`${group} `));
  const lines = [
    "Retouch edits images through POST /v1/images/edits. Checked before sending, journaled, never billed twice.",
  ].flatMap((line) => wrapText(line, columns));
  lines.push("", "Usage", `  retouch ${group === undefined ? "" : `${group} `}COMMAND [options]`);
  if (group === undefined) {
    const example = `retouch edit photo.jpg -m ${exampleModel} -p "make it dusk" --mock`;
    lines.push("", "Try it", ...wrapCommand(example, columns, " \\"));
  }
  const commands = shown.map(({ name, summary }) => [name, summary] as const);
  lines.push(...renderSection("Commands", [...commands, ["--version", "Print the version"]], columns));
  lines.push(
    ...renderSection(
      "Settings",
      [
        [
          "RETOUCH_API_KEY",
          "The key. There is no flag for it, because flags are visible in the shell history.",
        ],
        ["RETOUCH_BASE_URL", "The server's root."],
        ["RETOUCH_DIALECT", "The preset of a server that differs: `retouch doctor --dialect NAME`."],
        ["RETOUCH_MODEL", "The model if there is no -m."],
      ],
      columns,
    ),
  );
  lines.push(...renderSection("Exit codes", exitCodeLines, columns));
  lines.push("", ...wrapText("`retouch COMMAND --help` shows a command's flags and examples.", columns));
  return `${lines.join("\n")}\n`;
}

/** Returns the help or version that a command line asks for, or undefined if it asks for neither. */
export function renderHelpFor(argv: readonly string[]): string | undefined {
  const flags = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  const [first] = argv;
  if (first === "--version" || first === "-V" || first === "-v" || (first === "version" && argv.length === 1))
    return `${version}\n`;
  const columns = Math.min(process.stdout.columns || 80, 110);
  if (first === undefined) return renderHelp(columns);
  const asks = first === "help" || flags.includes("--help") || flags.includes("-h");
  if (!asks) return undefined;
  const { name, isGroup } = splitCommand(
    (first === "help" ? argv.slice(1) : flags).filter((arg) => arg !== "--help" && arg !== "-h"),
  );
  if (name === "") return renderHelp(columns);
  if (isGroup) return renderHelp(columns, name);
  const command = findCommand(name);
  // An unknown command is an error even with `--help`.
  return command && renderCommandHelp(command, columns);
}
