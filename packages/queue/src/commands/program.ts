import {
  type CommandContext,
  type CommandDefinition,
  createTerminal,
  didYouMean,
  exitCodeOf,
  nodeSystem,
  onUnhandledSignal,
  parseArguments,
  printError,
  readEnvironment,
  refuseNodeOptions,
  refuseNpmOptions,
  stateDirectory,
  toErrorDocument,
  toSafeJson,
  usageError,
} from "@retouch/cli/journal";
import { explainRefused } from "../redis/refused-command.ts";
import { commandTable } from "./definitions.ts";

const runners: Readonly<Record<string, () => Promise<(context: CommandContext) => Promise<number>>>> = {
  run: async () => (await import("./run.ts")).runQueue,
  retry: async () => (await import("./run.ts")).retryQueue,
  worker: async () => (await import("./worker.ts")).runWorker,
  status: async () => (await import("./status.ts")).runStatus,
  pause: async () => (await import("./pause.ts")).pauseQueue,
  forget: async () => (await import("./forget.ts")).forgetRun,
  resume: async () => (await import("./pause.ts")).resumeQueue,
};

/** Runs one command line and resolves to its exit code. It never rejects: errors are printed and become an exit code. */
export async function runProgram(argv: readonly string[], exit: (code: number) => void): Promise<number> {
  // Known before parsing, so that an invalid command line still gets its JSON document.
  const json = argv.slice(0, argv.includes("--") ? argv.indexOf("--") : undefined).includes("--json");
  let terminal = createTerminal();
  const fail = (thrown: unknown): number => {
    const error = explainRefused(thrown);
    const exitCode = exitCodeOf(error);
    printError(terminal, error);
    if (json)
      terminal.data(toSafeJson({ images: [], warnings: [], error: toErrorDocument(error, exitCode) }));
    return exitCode;
  };
  onUnhandledSignal((error) => exit(fail(error)));
  try {
    refuseNodeOptions(argv);
    const { definition, args } = resolveCommand(argv);
    refuseNpmOptions(definition, argv, process.env);
    const parsed = parseArguments(definition, args);
    terminal = createTerminal({ quiet: parsed.has("quiet") });
    const env = await readEnvironment(process.env, parsed.text("settings"));
    const system = { ...nodeSystem, stateDirectory: stateDirectory({ ...process.env, ...env }) };
    const run = await runners[definition.name]?.();
    if (run === undefined) throw new Error(`\`${definition.name}\` is missing.`);
    return await run({ parsed, terminal, env, json, system });
  } catch (error) {
    return fail(error);
  }
}

/** Finds the command, which flags with their values may precede. */
function resolveCommand(argv: readonly string[]): {
  readonly definition: CommandDefinition;
  readonly args: readonly string[];
} {
  const withValue = new Set<string>();
  for (const { options } of commandTable.flatMap(({ groups }) => groups)) {
    for (const { flag, short, value } of options) {
      if (value === undefined) continue;
      withValue.add(`--${flag}`);
      if (short !== undefined) withValue.add(`-${short}`);
    }
  }
  let at = 0;
  while (at < argv.length && /^-./.test(argv[at] ?? "")) at += withValue.has(argv[at] ?? "") ? 2 : 1;
  const name = argv[at];
  if (name === undefined) throw usageError("No command is given. See `retouch-queue --help`.");
  const definition = commandTable.find((command) => command.name === name);
  if (definition !== undefined) return { definition, args: [...argv.slice(0, at), ...argv.slice(at + 1)] };
  const names = commandTable.map((command) => command.name);
  throw usageError(`\`${name}\` is not a command.${didYouMean(name, names)} See \`retouch-queue --help\`.`);
}
