import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { usageError } from "../errors/cli-error.ts";
import { didYouMean } from "../errors/did-you-mean.ts";
import { refuseTilde } from "../output/refuse-tilde.ts";
import {
  type CommandDefinition,
  callOf,
  type OptionDefinition,
  type ParsedArguments,
} from "./command-definition.ts";
import { foreignFlag } from "./foreign-flags.ts";
import { parseDuration } from "./parse-duration.ts";

function readValue(option: OptionDefinition, text: string): unknown {
  const name = `--${option.flag}`;
  const shown = JSON.stringify(text);
  if (text === "") throw new InvalidArgumentError(`\`${name}\` is empty. Give a value, or remove the flag.`);
  if (option.choices !== undefined && !option.choices.includes(text)) {
    const near = didYouMean(text, option.choices);
    throw new InvalidArgumentError(
      `\`${name}\` is ${shown}.${near} Use one of ${option.choices.join(", ")}.`,
    );
  }
  switch (option.kind) {
    case "integer":
      if (!/^-?\d{1,15}$/.test(text)) {
        throw new InvalidArgumentError(`\`${name}\` is ${shown}. Give an integer.`);
      }
      checkRange(option, Number(text));
      return Number(text);
    case "number":
      if (!/^-?\d+(?:\.\d+)?$/.test(text)) {
        throw new InvalidArgumentError(`\`${name}\` is ${shown}. Give a number.`);
      }
      return Number(text);
    case "duration": {
      const seconds = parseDuration(text);
      if (seconds === undefined) {
        throw new InvalidArgumentError(
          `\`${name}\` is ${shown}. Give a time up to 24 days, such as 600, 90s or 10m.`,
        );
      }
      return seconds;
    }
    case "path":
      refuseTilde(name, text);
      return text;
    default:
      return text;
  }
}

function checkRange({ flag, range }: OptionDefinition, value: number): void {
  if (range === undefined || (value >= range[0] && value <= range[1])) return;
  throw new InvalidArgumentError(`\`--${flag}\` is ${value}. Give ${range[0]} to ${range[1]}.`);
}

function toCommander(option: OptionDefinition): Option {
  const short = option.short === undefined ? "" : `-${option.short}, `;
  const value = option.value === undefined ? "" : ` <${option.value}>`;
  const commanderOption = new Option(`${short}--${option.flag}${value}`);
  // Commander camel-cases names otherwise, and drops the `no-` of a negated one.
  commanderOption.attributeName = () => option.flag;
  if (option.value !== undefined) {
    commanderOption.argParser((text: string, previous: unknown) => {
      const read = readValue(option, text);
      if (option.repeatable) return [...(Array.isArray(previous) ? previous : []), read];
      if (previous !== undefined) {
        throw new InvalidArgumentError(`\`--${option.flag}\` comes twice. Give it once.`);
      }
      return read;
    });
  }
  return commanderOption;
}

/** Refuses a flag where a value belongs: `-p --quality high` would send the prompt "--quality". */
function refuseSwallowedFlags(options: readonly OptionDefinition[], args: readonly string[]): void {
  const byName = new Map<string, OptionDefinition>();
  for (const option of options) {
    byName.set(`--${option.flag}`, option);
    if (option.short !== undefined) byName.set(`-${option.short}`, option);
  }
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "--") return;
    const option = byName.get(arg);
    if (option?.value === undefined) continue;
    const next = args[at + 1];
    if (next === undefined) continue;
    if (byName.has(next.split("=", 1)[0] ?? "") || /^--[a-z][a-z0-9-]*(?:=.*)?$/s.test(next)) {
      throw usageError(
        `\`${arg}\` has no value: \`${next}\`, which follows it, is a flag. ` +
          `Give a value after \`${arg}\`; to pass exactly that text, write \`--${option.flag}=${next}\`.`,
      );
    }
    at++;
  }
}

/**
 * Parses the arguments of a command strictly. An unknown flag, a missing or repeated value, a flag used as a value, too
 * many or too few operands: all are rejected before anything can cost money.
 *
 * @throws CliError, exit code 2.
 */
export function parseArguments(definition: CommandDefinition, args: readonly string[]): ParsedArguments {
  const options = definition.groups.flatMap((group) => group.options);
  refuseSwallowedFlags(options, args);
  const command = new Command(definition.name)
    .exitOverride()
    .helpOption(false)
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
    .argument("[operands...]");
  for (const option of options) command.addOption(toCommander(option));
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw usageError(
      `${keyFlag(args) ?? foreignFlag(options, args) ?? sentence(error)} See \`${callOf(definition)} --help\`.`,
      [],
      error,
    );
  }
  const operands = command.args;
  checkOperands(definition, operands);
  const switches = options.filter((option) => option.value === undefined).map((option) => option.flag);
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(command.opts())) {
    // Commander sets a `--no-x` switch to true until it is given.
    if (name.startsWith("no-")) {
      if (value === false) values[name] = true;
    } else if (!switches.includes(name) || value === true) values[name] = value;
  }
  return new Arguments(operands, values);
}

class Arguments implements ParsedArguments {
  readonly operands: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;

  constructor(operands: readonly string[], values: Readonly<Record<string, unknown>>) {
    this.operands = operands;
    this.values = values;
  }

  text(flag: string): string | undefined {
    const value = this.values[flag];
    return typeof value === "string" ? value : undefined;
  }

  number(flag: string): number | undefined {
    const value = this.values[flag];
    return typeof value === "number" ? value : undefined;
  }

  list(flag: string): readonly string[] {
    const value = this.values[flag];
    return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
  }

  has(flag: string): boolean {
    return this.values[flag] !== undefined;
  }
}

/** Returns the message for an attempt to pass the key by flag. It never repeats the value. */
function keyFlag(args: readonly string[]): string | undefined {
  const flag = args.map((arg) => /^--(?:api-?)?(?:key|token)(?==|$)/i.exec(arg)?.[0]).find(Boolean);
  return (
    flag &&
    `There is no \`${flag}\`: a key on a command line is visible in the shell history and in process lists. Set RETOUCH_API_KEY, or name a file that sets it with \`--settings\`.`
  );
}

function sentence(error: CommanderError): string {
  const invalid = /is invalid\. ([\s\S]*)$/.exec(error.message)?.[1];
  if (invalid !== undefined) return invalid;
  const text = error.message
    .replace(/^error: /, "")
    .replace(/\n?\(Did you mean (?:one of )?(.+)\?\)/, ". Did you mean `$1`?")
    .replace(/'([^']*)'/g, "`$1`");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?]$/.test(text) ? "" : "."}`;
}

function checkOperands(definition: CommandDefinition, found: readonly string[]): void {
  const { min, max, noun } = definition.operands;
  const call = callOf(definition);
  if (found.length < min) {
    throw usageError(`\`${call}\` needs ${noun}. See \`${call} --help\`.`);
  }
  if (found.length > max) {
    const extra = found[max];
    const takes = max === 0 ? "takes no operands" : `takes ${noun} only`;
    throw usageError(`\`${call}\` ${takes}, but got \`${extra}\`. See \`${call} --help\`.`);
  }
}
