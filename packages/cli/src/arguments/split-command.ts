import { commandTable } from "./command-table.ts";

/** A command line, taken apart. */
export interface CommandLine {
  /** The command's words, such as `edit` or `batch run`; empty without one. */
  readonly name: string;
  /** The name is only the first word of some commands. */
  readonly isGroup: boolean;
  /** Everything else, in order: flags may come before the command. */
  readonly words: readonly string[];
}

/** The flags that may come before the command and take a value. */
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

/** Finds the command among the words. */
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
