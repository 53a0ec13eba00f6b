import { readNamedFile } from "../input/read-named-file.ts";
import { refuseTilde } from "../output/refuse-tilde.ts";
import { parseSettings } from "./parse-settings.ts";

/** The variables that `retouch` reads, and a `--settings` file may set. */
const settings = [
  "RETOUCH_API_KEY",
  "RETOUCH_BASE_URL",
  "RETOUCH_DIALECT",
  "RETOUCH_PATH",
  "RETOUCH_QUERY",
  "RETOUCH_HEADERS",
  "RETOUCH_KEY_HEADER",
  "RETOUCH_MODEL",
  "RETOUCH_LIMITS_LIKE",
  "RETOUCH_TIMEOUT",
] as const;

/** The variables that a `--settings` file may not set, each with the reason. */
const environmentOnly: Readonly<Record<string, string>> = {
  RETOUCH_STATE_DIR:
    "Every command must find the same records, or an edit could be billed twice. Set it in the environment.",
  OPENAI_API_KEY: "Give the key as RETOUCH_API_KEY.",
};

const variables = [...settings, ...Object.keys(environmentOnly)];

const fromFile = Symbol("from the settings file");

/** Settings by name; an empty value counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>> & {
  readonly [fromFile]?: {
    readonly file: string;
    /** The names whose value comes from the file, because the process has none. */
    readonly names: readonly string[];
    readonly apiKey: string | undefined;
  };
};

/** Returns what the `--settings` file sets: the names that it decides, and its key, also where the process has one. */
export function settingsOfFile(env: Environment): NonNullable<Environment[typeof fromFile]> | undefined {
  return env[fromFile];
}

/** Returns every key that the settings have, whichever server it is for: no text that is shown may have one. */
export function knownKeys(env: Environment): string[] {
  const keys = [env["RETOUCH_API_KEY"], env["OPENAI_API_KEY"], settingsOfFile(env)?.apiKey];
  return [...new Set(keys.flatMap((key) => key?.trim() || []))];
}

/**
 * Merges the process's environment with the file of `--settings`; the process's own value wins.
 *
 * @throws CliError if the file cannot be read or contains anything but settings of `retouch`.
 */
export async function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  settingsFile?: string,
): Promise<Environment> {
  const file = settingsFile === undefined ? {} : await readSettings(settingsFile);
  const merged = Object.fromEntries(variables.map((name) => [name, env[name] || file[name] || undefined]));
  refuseTilde("RETOUCH_STATE_DIR", merged["RETOUCH_STATE_DIR"] ?? "");
  if (settingsFile === undefined) return merged;
  const names = settings.filter((name) => !env[name] && file[name]);
  return { ...merged, [fromFile]: { file: settingsFile, names, apiKey: file["RETOUCH_API_KEY"] } };
}

async function readSettings(file: string): Promise<Readonly<Record<string, string | undefined>>> {
  const text = Buffer.from(await readNamedFile("--settings", file, { maxMegabytes: 1 })).toString();
  return parseSettings(text, file, settings, environmentOnly);
}
