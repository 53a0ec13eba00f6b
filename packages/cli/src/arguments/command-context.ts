import type { Environment } from "../config/environment.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { ParsedArguments } from "./command-definition.ts";

/** What every command is given. */
export interface CommandContext {
  readonly parsed: ParsedArguments;
  readonly terminal: Terminal;
  /** Settings of the environment and of `--env-file`. */
  readonly env: Environment;
  readonly json: boolean;
}

/** Runs a command; the number is the exit code. */
export type RunCommand = (context: CommandContext) => Promise<number>;

/** Reads a text value of a flag. */
export function textValue({ values }: ParsedArguments, flag: string): string | undefined {
  const value = values[flag];
  return typeof value === "string" ? value : undefined;
}

/** Reads a number value of a flag. */
export function numberValue({ values }: ParsedArguments, flag: string): number | undefined {
  const value = values[flag];
  return typeof value === "number" ? value : undefined;
}

/** Reads the values of a repeatable flag. */
export function listValue({ values }: ParsedArguments, flag: string): readonly string[] {
  const value = values[flag];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** Tells whether a switch was given. */
export function isGiven({ values }: ParsedArguments, flag: string): boolean {
  return values[flag] !== undefined;
}
