/** Type that the text after a flag is parsed as. */
type ValueKind = "text" | "integer" | "number" | "duration" | "path";

/** One flag of a command. */
export interface OptionDefinition {
  /** The long name, without dashes. */
  readonly flag: string;
  readonly short?: string | undefined;
  /** Placeholder of the value in help; a flag without one is a switch. */
  readonly value?: string | undefined;
  readonly kind?: ValueKind | undefined;
  /** The least and the greatest integer. */
  readonly range?: readonly [least: number, greatest: number] | undefined;
  /** The only accepted values. */
  readonly choices?: readonly string[] | undefined;
  /** Values that some model accepts. Preflight decides which model accepts which. */
  readonly suggestions?: readonly string[] | undefined;
  readonly repeatable?: boolean | undefined;
  readonly description: string;
  /** The field of the spec that the flag sets. */
  readonly field?: string | undefined;
}

/** Options under one heading of help. */
export interface OptionGroup {
  readonly title: string;
  readonly options: readonly OptionDefinition[];
}

/** Definition of a command for help, the parser and completion. */
export interface CommandDefinition {
  /** The program before the name; `retouch` by default. A program that is one command has the name "". */
  readonly program?: string | undefined;
  /** The name after `retouch`, for example `batch run`. */
  readonly name: string;
  readonly summary: string;
  readonly usage: readonly string[];
  /** Arguments besides flags. */
  readonly operands: { readonly min: number; readonly max: number; readonly noun: string };
  readonly operandChoices?: readonly string[] | undefined;
  readonly groups: readonly OptionGroup[];
  readonly examples: readonly string[];
  /** Paragraphs below the examples. */
  readonly notes?: readonly string[] | undefined;
}

/** Returns what a command is called by: the program, and the name of the command if it has one. */
export function callOf({ program = "retouch", name }: CommandDefinition): string {
  return name === "" ? program : `${program} ${name}`;
}

/** The arguments of one command line, validated flag by flag. */
export interface ParsedArguments {
  readonly operands: readonly string[];
  /** By long name: text, a number, `true` for a switch, an array for a repeatable flag. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Returns the text of a flag. */
  text(flag: string): string | undefined;
  /** Returns the number of a flag. */
  number(flag: string): number | undefined;
  /** Returns the values of a repeatable flag. */
  list(flag: string): readonly string[];
  /** Returns whether a switch was given. */
  has(flag: string): boolean;
}
