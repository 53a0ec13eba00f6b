import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { usageError } from "../errors/cli-error.ts";
import { didYouMean } from "../errors/did-you-mean.ts";

/** The variables that `retouch` reads. */
const variables = [
  "RETOUCH_API_KEY",
  "RETOUCH_BASE_URL",
  "RETOUCH_MODEL",
  "RETOUCH_TIMEOUT",
  "RETOUCH_STATE_DIR",
  "OPENAI_API_KEY",
] as const;

/** Settings by name; an empty value counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Merges the process's environment with the file of `--env-file`; the process's own value wins.
 *
 * @throws CliError if the file cannot be read or sets an unknown `RETOUCH_` name.
 */
export function readEnvironment(env: Environment, envFile?: string): Environment {
  const file = envFile === undefined ? {} : readEnvFile(envFile);
  const names = Object.keys(file).filter((name) => name.startsWith("RETOUCH_"));
  for (const name of names) {
    if (!variables.some((known) => known === name)) {
      throw usageError(
        `${envFile} sets \`${name}\`, which is not a setting.${didYouMean(name, variables)} ` +
          `Settings are ${variables.join(", ")}.`,
      );
    }
  }
  return Object.fromEntries(variables.map((name) => [name, env[name] || file[name] || undefined]));
}

function readEnvFile(file: string): Environment {
  try {
    return parseEnv(readFileSync(file, "utf8"));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown reason";
    throw usageError(`\`--env-file ${file}\` cannot be read: ${code}. Give an existing file.`, [], error);
  }
}
