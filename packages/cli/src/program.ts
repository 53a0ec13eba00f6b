import { setFlagsFromString } from "node:v8";
import type { CommandContext, RunCommand } from "./arguments/command-context.ts";
import type { CommandDefinition } from "./arguments/command-definition.ts";
import { commandTable, findCommand } from "./arguments/command-table.ts";
import { parseArguments } from "./arguments/parse-arguments.ts";
import { refuseNodeOptions } from "./arguments/refuse-node-options.ts";
import { refuseNpmOptions } from "./arguments/refuse-npm-options.ts";
import { type CommandLine, splitCommand } from "./arguments/split-command.ts";
import { readEnvironment } from "./config/environment.ts";
import { CliError, usageError } from "./errors/cli-error.ts";
import { didYouMean } from "./errors/did-you-mean.ts";
import { exitCodeOf } from "./errors/error-details.ts";
import { onUnhandledSignal } from "./errors/interruption.ts";
import { printError, toErrorDocument } from "./errors/print-error.ts";
import { exitWith } from "./exit-with.ts";
import { nodeSystem } from "./journal/node-system.ts";
import { stateDirectory } from "./journal/state-directory.ts";
import { toSafeJson } from "./terminal/sanitize-text.ts";
import { createTerminal } from "./terminal/terminal.ts";

const runners: Readonly<Record<string, () => Promise<RunCommand>>> = {
  edit: async () => (await import("./commands/edit.ts")).runEdit,
  mask: async () => (await import("./commands/mask.ts")).runMask,
  recover: async () => (await import("./commands/recover.ts")).runRecover,
  doctor: async () => (await import("./commands/doctor.ts")).runDoctor,
  completion: async () => (await import("./commands/completion.ts")).runCompletion,
  "batch run": async () => (await loadBatchRun()).runBatch,
  "batch retry": async () => (await loadBatchRun()).retryRows,
  "batch init": async () => (await import("./commands/batch-init.ts")).runBatchInit,
  "batch status": async () => (await import("./commands/batch-status.ts")).runBatchStatus,
  mock: async () => (await import("./commands/mock.ts")).runMock,
  models: async () => (await import("./commands/models.ts")).runModels,
};

function loadBatchRun() {
  // Hundreds of edits in flight produce much short-lived garbage; collecting it early keeps memory flat (-100 MiB at 256).
  setFlagsFromString("--max-semi-space-size=4");
  setFlagsFromString("--semi-space-growth-factor=1");
  return import("./commands/batch-run.ts");
}

/** Runs one command line and resolves to its exit code. It never rejects: errors are printed and become an exit code. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  // Known before parsing, so that an invalid command line still gets its JSON document.
  const json = argv.slice(0, argv.includes("--") ? argv.indexOf("--") : undefined).includes("--json");
  let terminal = createTerminal();
  let indent: number | undefined = 2;
  const fail = (error: unknown): number => {
    const exitCode = exitCodeOf(error);
    printError(terminal, error);
    if (json) {
      const document = { images: [], warnings: [], error: toErrorDocument(error, exitCode) };
      terminal.data(toSafeJson(document, indent));
    }
    return exitCode;
  };
  onUnhandledSignal((error) => exitWith(fail(error)));
  try {
    const line = splitCommand(argv);
    // A batch prints one event per line, so its failure must be one line too.
    if (line.name === "batch run" || line.name === "batch retry") indent = undefined;
    refuseNodeOptions(argv);
    const definition = resolveCommand(line);
    refuseNpmOptions(definition, argv, process.env);
    const parsed = parseArguments(definition, line.args);
    terminal = createTerminal({ quiet: parsed.has("quiet") });
    const env = await readEnvironment(process.env, parsed.text("settings"));
    const system = { ...nodeSystem, stateDirectory: stateDirectory({ ...process.env, ...env }) };
    const context: CommandContext = { parsed, terminal, env, json, system };
    const load = runners[definition.name];
    if (load === undefined)
      throw new CliError(`\`${definition.name}\` is missing.`, { exitCode: 1, code: "internal" });
    return await (await load())(context);
  } catch (error) {
    return fail(error);
  }
}

function resolveCommand({ name, isGroup }: CommandLine): CommandDefinition {
  const found = findCommand(name);
  if (found !== undefined) return found;
  const names = commandTable.map((command) => command.name);
  if (name === "") throw usageError("No command is given. See `retouch --help`.");
  if (isGroup) {
    const members = names.filter((known) => known.startsWith(`${name} `)).map((known) => `\`${known}\``);
    throw usageError(`\`retouch ${name}\` needs a subcommand: ${members.join(", ")}.`);
  }
  throw usageError(`\`${name}\` is not a command.${didYouMean(name, names)} See \`retouch --help\`.`);
}
