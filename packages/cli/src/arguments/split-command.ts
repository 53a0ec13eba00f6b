import { commandTable } from "./command-table.ts";

/** A command line, split into the command and its arguments. */
export interface CommandLine {
  /** The command, such as `edit` or `batch run`; empty if there is none. */
  readonly name: string;
  /** Whether `name` is only a group such as `batch`. */
  readonly isGroup: boolean;
  /** The other arguments, in order; flags may come before the command. */
  readonly words: readonly string[];
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
export function splitCommand(words: readonly string[]): CommandLine {
  const takesValue = valueFlags();
  let at = 0;
  while (at < words.length && /^-./.test(words[at] ?? "")) at += takesValue.has(words[at] ?? "") ? 2 : 1;
  const first = words[at];
  if (first === undefined) return { name: "", isGroup: false, words };
  const rest = [...words.slice(0, at), ...words.slice(at + 1)];
  const group = commandTable.filter(({ name }) => name.startsWith(`${first} `));
  if (group.length === 0) return { name: first, isGroup: false, words: rest };
  const second = words[at + 1];
  if (second === undefined || second.startsWith("-")) return { name: first, isGroup: true, words: rest };
  return {
    name: `${first} ${second}`,
    isGroup: false,
    words: [...words.slice(0, at), ...words.slice(at + 2)],
  };
}
