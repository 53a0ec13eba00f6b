import { usageError } from "../errors/cli-error.ts";
import { didYouMean } from "../errors/did-you-mean.ts";

/**
 * Parses the text of a `--settings` file: a `NAME=value` on each line, blank lines and `#` comments. Anything else is
 * refused, and no value is shown: a line that cannot be read may hold a key. `refused` has the
 * variables that a file cannot set, each with the reason. `parseEnv` of `node:util` is not used: it drops such lines, lets
 * an open quote swallow the settings after it, and reads `a#b` as `a`.
 *
 * @throws CliError, exit code 2.
 */
export function parseSettings(
  text: string,
  file: string,
  known: readonly string[],
  refused: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const found: Record<string, string> = {};
  // Windows PowerShell writes a byte order mark.
  for (const [index, line] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n?|\n/)
    .entries()) {
    const where = `Line ${index + 1} of ${file}`;
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [, name, written = ""] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) {
      throw usageError(`${where} is not \`NAME=value\`. Settings are ${known.join(", ")}.`);
    }
    if (Object.hasOwn(refused, name))
      throw usageError(`${where} sets \`${name}\`, which a settings file cannot set. ${refused[name]}`);
    if (!known.includes(name)) {
      throw usageError(
        `${where} sets ${quoteName(name)}, which is not a setting.${didYouMean(name, known)} ` +
          `Settings are ${known.join(", ")}.`,
      );
    }
    if (Object.hasOwn(found, name)) throw usageError(`${where} sets \`${name}\` a second time. Set it once.`);
    const value = parseValue(written);
    if (value === undefined) {
      throw usageError(`${where} has an open quote, or text after one: \`${name}\`. Quote the entire value.`);
    }
    found[name] = value;
  }
  return found;
}

/** Reads a value, quoted or not; ` #` starts a comment. */
function parseValue(written: string): string | undefined {
  const quote = /^["'`]/.exec(written)?.[0];
  if (quote === undefined) return written.replace(/(?:^|\s)#.*$/, "").trim();
  const end = written.indexOf(quote, 1);
  return end > 0 && /^\s*(?:#|$)/.test(written.slice(end + 1)) ? written.slice(1, end) : undefined;
}

/** A base64 key on a line of its own may end in `=` and look like a name; names in an environment have one case. */
function quoteName(name: string): string {
  return name === name.toUpperCase() || name === name.toLowerCase() ? `\`${name}\`` : "another name";
}
