import type { Environment } from "../config/environment.ts";
import type { System } from "../journal/system.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { ParsedArguments } from "./command-definition.ts";

/** The input of every command, read once at its edge. */
export interface CommandContext {
  readonly parsed: ParsedArguments;
  readonly terminal: Terminal;
  /** Settings from the environment and from the `--settings` file. */
  readonly env: Environment;
  readonly json: boolean;
  readonly system: System;
}

/** A command; resolves to its exit code. */
export type RunCommand = (context: CommandContext) => Promise<number>;

/** The part of the context that code which only prints needs. */
export type PrintContext = Pick<CommandContext, "terminal" | "json">;
