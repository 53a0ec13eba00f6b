import { commandTable } from "./command-table.ts";

/** A command line, split into the command and its arguments. */
export interface CommandLine {
  /** The command, such as `edit` or `batch run`; empty if there is none. */
  readonly name: string;
  /** Whether `name` is only a group such as `batch`. */
  readonly isGroup: boolean;
  /** The other arguments, in order; flags may come before the command. */
  readonly args: readonly string[];
}

/** Returns the flags that take a value, because they may come before the command. */
function valueFlags(): Set<string> {
  const flags = new Set<string>();
  for (const { groups } of commandTable) {
    for (const { options } of groups) {
      for (const { flag, short, value } of options) {
        if (value === undefined) continue;
        flags.add(`--${flag}`);
        if (short !== undefined) flags.add(`-${short}`);
      }
    }
  }
  return flags;
}

/** Finds the command among the arguments. */
export function splitCommand(args: readonly string[]): CommandLine {
  const takesValue = valueFlags();
  let at = 0;
  while (at < args.length && /^-./.test(args[at] ?? "")) at += takesValue.has(args[at] ?? "") ? 2 : 1;
  const first = args[at];
  if (first === undefined) return { name: "", isGroup: false, args };
  const rest = [...args.slice(0, at), ...args.slice(at + 1)];
  const group = commandTable.filter(({ name }) => name.startsWith(`${first} `));
  if (group.length === 0) return { name: first, isGroup: false, args: rest };
  const second = args[at + 1];
  if (second === undefined || second.startsWith("-")) return { name: first, isGroup: true, args: rest };
  return {
    name: `${first} ${second}`,
    isGroup: false,
    args: [...args.slice(0, at), ...args.slice(at + 2)],
  };
}
