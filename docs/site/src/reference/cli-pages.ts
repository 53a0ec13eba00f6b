import {
  type CommandDefinition,
  callOf,
  type OptionDefinition,
} from "../../../../packages/cli/src/arguments/command-definition.ts";
import { commandTable } from "../../../../packages/cli/src/arguments/command-table.ts";
import { exitCodeLines } from "../../../../packages/cli/src/arguments/render-help.ts";
import { commandTable as queueTable } from "../../../../packages/queue/src/commands/definitions.ts";
import type { Page } from "../page.ts";
import { escapeProse } from "./render-text.ts";

/** Makes a page for each command of the CLI and the queue from its own definition, and one of the exit codes. */
export function cliPages(): Page[] {
  return [
    ...pagesOf("Commands", "Each command of `retouch`, with all of its flags.", commandTable),
    ...pagesOf(
      "Commands of the queue",
      "Each command of `retouch-queue`, with all of its flags.",
      queueTable,
    ),
    { path: "reference/exit-codes.md", text: renderExitCodes() },
  ];
}

function pagesOf(title: string, intro: string, table: readonly CommandDefinition[]): Page[] {
  const list = table.map(
    (command) =>
      `| [\`${callOf(command)}\`](/${pathOf(command).replace(/\.md$/, "")}) | ${command.summary} |`,
  );
  const [first] = table;
  const index = `# ${title}\n\n${intro}\n\n| command | |\n|---|---|\n${list.join("\n")}\n`;
  return [
    { path: `${directoryOf(first)}/index.md`, text: index },
    ...table.map((command) => ({ path: pathOf(command), text: renderCommand(command) })),
  ];
}

function directoryOf(command: CommandDefinition | undefined): string {
  return command?.program === "retouch-queue" ? "reference/queue-cli" : "reference/cli";
}

function pathOf(command: CommandDefinition): string {
  return `${directoryOf(command)}/${command.name.replaceAll(" ", "-")}.md`;
}

/** Returns the commands whose page has a section for each flag. */
function renderCommand(command: CommandDefinition): string {
  const usage = `\`\`\`sh\n${command.usage.join("\n")}\n\`\`\``;
  const examples = `\`\`\`sh\n${command.examples.join("\n")}\n\`\`\``;
  const groups = command.groups.map(
    ({ title, options }) => `## ${title}\n\n${options.map(renderOption).join("\n\n")}`,
  );
  const notes = (command.notes ?? []).map(escapeProse);
  return [
    `---\noutline: [2, 3]\n---`,
    `# \`${callOf(command)}\``,
    `${command.summary}. It takes ${escapeProse(command.operands.noun)}.`.replace(
      "It takes no ",
      "It takes no ",
    ),
    usage,
    "## Examples",
    examples,
    ...notes,
    ...groups,
    "",
  ].join("\n\n");
}

function renderOption(option: OptionDefinition): string {
  const { flag, short, value, description, choices, suggestions, repeatable, range, field } = option;
  const spelled = `${short === undefined ? "" : `-${short}, `}--${flag}${value === undefined ? "" : ` ${value}`}`;
  const facts = [
    choices && `One of ${choices.map((one) => `\`${one}\``).join(", ")}.`,
    suggestions && `Known values: ${suggestions.map((one) => `\`${one}\``).join(", ")}.`,
    range && `From ${range[0]} to ${range[1]}.`,
    repeatable && !/[Rr]epeat/.test(description) && "Repeatable.",
    field && `Sets \`${field}\` of the API.`,
  ].filter((fact) => typeof fact === "string");
  return `### \`${spelled}\` {#flag-${flag}}\n\n${[escapeProse(description), ...facts].join(" ")}`;
}

function renderExitCodes(): string {
  const rows = exitCodeLines.map(([code, meaning]) => `| ${code} | ${meaning} |`);
  return `# Exit codes

\`retouch\` and \`retouch-queue\` end with one of these codes, and every script may rely on them.

| code | meaning |
|---|---|
${rows.join("\n")}

\`--json\` has more: \`error.code\` is one of the [error codes](/reference/errors), and \`error.outcome\` says
[what may have been billed](/guides/billing).
`;
}
