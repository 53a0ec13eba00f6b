import { readFileSync } from "node:fs";
import { usageError } from "../errors/cli-error.ts";
import { refuseTilde } from "../output/refuse-tilde.ts";
import { parseSettings } from "./parse-settings.ts";

/** The variables that `retouch` reads, and a `--settings` file may set. */
const settings = [
  "RETOUCH_API_KEY",
  "RETOUCH_BASE_URL",
  "RETOUCH_DIALECT",
  "RETOUCH_MODEL",
  "RETOUCH_TIMEOUT",
  "RETOUCH_STATE_DIR",
] as const;

/** The variables that `retouch` reads. */
const variables = [...settings, "OPENAI_API_KEY"] as const;

/** Settings by name; an empty value counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Merges the process's environment with the file of `--settings`; the process's own value wins.
 *
 * @throws CliError if the file cannot be read or contains anything but settings of `retouch`.
 */
export function readEnvironment(env: Environment, settingsFile?: string): Environment {
  const file = settingsFile === undefined ? {} : readSettings(settingsFile);
  const merged = Object.fromEntries(variables.map((name) => [name, env[name] || file[name] || undefined]));
  refuseTilde("RETOUCH_STATE_DIR", merged["RETOUCH_STATE_DIR"] ?? "");
  return merged;
}

function readSettings(file: string): Environment {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code = "unknown reason" } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "no such file" : code;
    throw usageError(`\`--settings ${file}\` cannot be read: ${reason}. Give an existing file.`, [], error);
  }
  return parseSettings(text, file, settings);
}
