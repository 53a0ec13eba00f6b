import {
  createImageClient,
  formatMessage,
  isConfigurationError,
  type MessageNames,
  type NodeClientOptions,
  baseUrl as specServer,
} from "@retouch/client/node";
import type { ParsedArguments } from "../arguments/command-definition.ts";
import { parseDuration } from "../arguments/parse-duration.ts";
import { CliError, exitCodes, usageError } from "../errors/cli-error.ts";
import { nearestWord } from "../errors/did-you-mean.ts";
import { exitCodeOf } from "../errors/error-details.ts";
import { connectionNames } from "../errors/terminal-names.ts";
import { specModels } from "../generated/fields.gen.ts";
import { defaultServerName, keyVendors } from "../generated/servers.gen.ts";
import type { Environment } from "./environment.ts";

/** The flags of every command that connects to a server. */
export interface ConnectionFlags {
  readonly baseUrl?: string | undefined;
  /** In seconds. */
  readonly timeout?: number | undefined;
  readonly insecureHttp?: boolean | undefined;
  readonly mock?: boolean | undefined;
  readonly debug?: boolean | undefined;
}

/** Reads the connection flags of a command line. */
export function readConnectionFlags(parsed: ParsedArguments): ConnectionFlags {
  return {
    baseUrl: parsed.text("base-url"),
    timeout: parsed.number("timeout"),
    insecureHttp: parsed.has("insecure-http"),
    mock: parsed.has("mock"),
    debug: parsed.has("debug"),
  };
}

const openaiOrigin = keyVendors.OpenAI.baseUrl;
const defaultTimeoutMs = 600_000;

/** Chooses the base URL: flag, environment, the spec's server. */
export function chooseBaseUrl(flags: ConnectionFlags, env: Environment): URL {
  const given = flags.baseUrl ?? env["RETOUCH_BASE_URL"];
  const options = { baseUrl: given, allowInsecureHttp: flags.insecureHttp, apiKey: () => "" };
  checkOptions(options, namesOf("RETOUCH_API_KEY", flags, env));
  return new URL(given ?? specServer);
}

function namesOf(apiKey: string, flags: ConnectionFlags, env: Environment): MessageNames {
  const isVariable = flags.baseUrl === undefined && env["RETOUCH_BASE_URL"] !== undefined;
  return connectionNames({ apiKey, baseUrl: isVariable ? "RETOUCH_BASE_URL" : "`--base-url`" });
}

/** Lets the client check a server and a key, and reports what it rejects with the names of their settings. */
function checkOptions(options: NodeClientOptions, names: MessageNames): void {
  try {
    createImageClient(options);
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    const { code } = error;
    throw new CliError(formatMessage(error, names), { exitCode: exitCodeOf(error), code, cause: error });
  }
}

/** Chooses the key: RETOUCH_API_KEY, or OPENAI_API_KEY only for OpenAI. `flags` are those that `baseUrl` was chosen from. */
export function chooseApiKey(env: Environment, baseUrl: URL, flags: ConnectionFlags): string {
  const isDefault = flags.baseUrl === undefined && env["RETOUCH_BASE_URL"] === undefined;
  const own = env["RETOUCH_API_KEY"]?.trim();
  if (own) {
    // Without a base URL, the client rejects the key of another vendor.
    return checkKey(own, isDefault ? undefined : baseUrl.href, namesOf("RETOUCH_API_KEY", flags, env));
  }
  const openai = env["OPENAI_API_KEY"]?.trim();
  if (openai && baseUrl.origin === openaiOrigin)
    return checkKey(openai, baseUrl.href, namesOf("OPENAI_API_KEY", flags, env));
  const hint = openai
    ? ` OPENAI_API_KEY is only sent to OpenAI: add \`--base-url ${openaiOrigin}\`, or set RETOUCH_API_KEY for ${baseUrl.host}.`
    : ` Set RETOUCH_API_KEY${isDefault ? ` to a key of ${defaultServerName}` : ""}, or name a file that sets it with \`--settings\`. To try without a key: \`--mock\`.`;
  throw new CliError(`API key is missing.${hint}`, { exitCode: exitCodes.auth, code: "missing_api_key" });
}

function checkKey(apiKey: string, baseUrl: string | undefined, names: MessageNames): string {
  checkOptions({ apiKey, baseUrl, allowInsecureHttp: true }, names);
  return apiKey;
}

/** Chooses the preset of the server; the client rejects a name that is not one. */
export function chooseDialect(env: Environment): NodeClientOptions["dialect"] {
  return env["RETOUCH_DIALECT"] as NodeClientOptions["dialect"];
}

/** Chooses the time limit in milliseconds. */
export function chooseTimeoutMs(flags: ConnectionFlags, env: Environment): number {
  if (flags.timeout !== undefined) return flags.timeout * 1000;
  const text = env["RETOUCH_TIMEOUT"];
  if (text === undefined) return defaultTimeoutMs;
  const seconds = parseDuration(text);
  if (seconds === undefined) {
    throw usageError(`RETOUCH_TIMEOUT is \`${text}\`. Give a time up to 24 days, such as 600, 90s or 10m.`);
  }
  return seconds * 1000;
}

/**
 * Chooses the model. There is no default, because servers offer different models.
 *
 * @throws CliError, exit code 2, if none is given.
 */
export function chooseModel(flag: string | undefined, variable: string | undefined): string {
  const model = flag ?? variable;
  if (model !== undefined) return model;
  throw usageError(
    "No model is given. Choose one with `-m MODEL`, or set RETOUCH_MODEL. `retouch models` lists the known ones.",
  );
}

/** Returns a warning for a name that is close to a known model. Any name is sent, but it may be a typo. */
export function modelNote(model: string): string | undefined {
  const names = specModels.map(({ name }) => name);
  if (names.includes(model)) return undefined;
  const near = nearestWord(model, names);
  const isNear = near !== undefined && near.length > 3 && Math.abs(near.length - model.length) < 3;
  return isNear
    ? `\`${model}\` is not a known model, so its limits are not checked. Did you mean \`${near}\`?`
    : undefined;
}
