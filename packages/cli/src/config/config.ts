import {
  createImageClient,
  describeRequest,
  formatMessage,
  isConfigurationError,
  type MessageNames,
  type NodeClientOptions,
  type RequestDescription,
  baseUrl as specServer,
} from "@retouch/client/node";
import { parseDuration } from "../arguments/parse-duration.ts";
import { CliError, exitCodes, usageError } from "../errors/cli-error.ts";
import { nearestWord } from "../errors/did-you-mean.ts";
import { exitCodeOf } from "../errors/error-details.ts";
import { connectionNames, terminalNames } from "../errors/terminal-names.ts";
import { specModels } from "../generated/fields.gen.ts";
import { defaultServerName, keyVendors } from "../generated/servers.gen.ts";
import { type AddressOptions, chooseDialect } from "./address.ts";
import type { ConnectionFlags } from "./connection-flags.ts";
import { type Environment, settingsOfFile } from "./environment.ts";

const openaiOrigin = keyVendors.OpenAI.baseUrl;
const defaultTimeoutMs = 600_000;

/** Chooses the base URL: flag, environment, the spec's server. */
export function chooseBaseUrl(flags: ConnectionFlags, env: Environment): URL {
  const given = givenBaseUrl(flags, env);
  const options = { baseUrl: given, allowInsecureHttp: flags.insecureHttp, apiKey: () => "" };
  checkOptions(options, namesOf("RETOUCH_API_KEY", flags, env));
  return new URL(given ?? specServer);
}

function givenBaseUrl(flags: ConnectionFlags, env: Environment): string | undefined {
  return flags.baseUrl ?? env["RETOUCH_BASE_URL"];
}

/** The variable of each setting that the client checks, by the client's name of its option. */
const variables = {
  baseUrl: ["baseUrl", "RETOUCH_BASE_URL"],
  "dialect.path": ["path", "RETOUCH_PATH"],
  "dialect.keyHeader": ["keyHeader", "RETOUCH_KEY_HEADER"],
} as const satisfies Record<string, readonly [keyof ConnectionFlags, string]>;

function namesOf(apiKey: string, flags: ConnectionFlags, env: Environment): MessageNames {
  const settings = Object.entries(variables).map(([option, [flag, variable]]) => {
    const isVariable = flags[flag] === undefined && env[variable] !== undefined;
    return [option, isVariable ? variable : (terminalNames.api(option) ?? option)] as const;
  });
  return connectionNames({ apiKey, ...Object.fromEntries(settings) });
}

/** Lets the client check a server and a key, and reports what it rejects with the names of their settings. */
function checkOptions(options: NodeClientOptions, names: MessageNames): void {
  try {
    createImageClient(options);
  } catch (error) {
    throw withNames(error, names);
  }
}

function withNames(error: unknown, names: MessageNames): unknown {
  if (!isConfigurationError(error)) return error;
  const { code } = error;
  return new CliError(formatMessage(error, names), { exitCode: exitCodeOf(error), code, cause: error });
}

/**
 * Describes where and how edits are sent.
 *
 * @throws CliError, exit code 2, for options that the client rejects, and for a preset without its server.
 */
export async function describeAddress(
  address: AddressOptions,
  flags: ConnectionFlags,
  env: Environment,
): Promise<RequestDescription> {
  const missing = await missingServer(flags, env);
  if (missing !== undefined) throw usageError(missing.message);
  const baseUrl = givenBaseUrl(flags, env);
  const options = { ...address, baseUrl, allowInsecureHttp: flags.insecureHttp, apiKey: () => "" };
  try {
    return await describeRequest(options);
  } catch (error) {
    throw withNames(error, namesOf("RETOUCH_API_KEY", flags, env));
  }
}

/**
 * Returns what is wrong when a preset of another server than the default one is given, and no base URL says where its
 * server is; with an example of that URL.
 */
export async function missingServer(
  flags: ConnectionFlags,
  env: Environment,
): Promise<{ readonly message: string; readonly example: string } | undefined> {
  const dialect = chooseDialect(flags, env);
  if (givenBaseUrl(flags, env) !== undefined || dialect === undefined) return undefined;
  const { dialectFacts } = await import("../generated/dialect-facts.gen.ts");
  const facts = dialectFacts[dialect];
  if (facts === undefined || facts.baseUrl === specServer) return undefined;
  const example = facts.baseUrl ?? "https://SERVER";
  const message =
    `\`--dialect ${dialect}\` is for ${facts.title}, but without a base URL its edits would go to ${defaultServerName}. ` +
    `Give \`--base-url ${example}\`.`;
  return { message, example };
}

/** Chooses the key: RETOUCH_API_KEY, or OPENAI_API_KEY only for OpenAI. `flags` are those that `baseUrl` was chosen from. */
export function chooseApiKey(env: Environment, baseUrl: URL, flags: ConnectionFlags): string {
  const isDefault = flags.baseUrl === undefined && env["RETOUCH_BASE_URL"] === undefined;
  const routing = routingOfFile(flags, env);
  const own = (routing === undefined ? env["RETOUCH_API_KEY"] : settingsOfFile(env)?.apiKey)?.trim();
  if (own) {
    // Without a base URL, the client rejects the key of another vendor.
    return checkKey(own, isDefault ? undefined : baseUrl.href, namesOf("RETOUCH_API_KEY", flags, env));
  }
  const openai = env["OPENAI_API_KEY"]?.trim();
  if (openai && baseUrl.origin === openaiOrigin)
    return checkKey(openai, baseUrl.href, namesOf("OPENAI_API_KEY", flags, env));
  if (routing !== undefined && env["RETOUCH_API_KEY"]) {
    throw new CliError(
      `${settingsOfFile(env)?.file} sets ${routing.join(" and ")}, so a key of the environment is not sent there. ` +
        "Put RETOUCH_API_KEY into that file, or set the server with flags or in the environment.",
      { exitCode: exitCodes.auth, code: "missing_api_key" },
    );
  }
  const hint = openai
    ? ` OPENAI_API_KEY is only sent to OpenAI: add \`--base-url ${openaiOrigin}\`, or set RETOUCH_API_KEY for ${baseUrl.host}.`
    : ` Set RETOUCH_API_KEY${isDefault ? ` to a key of ${defaultServerName}` : ""}, or name a file that sets it with \`--settings\`. To try without a key: \`--mock\`.`;
  throw new CliError(`API key is missing.${hint}`, { exitCode: exitCodes.auth, code: "missing_api_key" });
}

/** The settings that choose where a key goes, each with its flag. */
const routingFlags = {
  RETOUCH_BASE_URL: "baseUrl",
  RETOUCH_PATH: "path",
  RETOUCH_QUERY: undefined,
  RETOUCH_HEADERS: undefined,
  RETOUCH_KEY_HEADER: "keyHeader",
} as const satisfies Record<string, keyof ConnectionFlags | undefined>;

/**
 * Returns the settings by which a `--settings` file chooses where a key goes. Such a file must bring its own key: it may
 * travel with a repository.
 */
function routingOfFile(flags: ConnectionFlags, env: Environment): string[] | undefined {
  const names = settingsOfFile(env)?.names ?? [];
  const found = Object.entries(routingFlags).filter(
    ([name, flag]) => names.includes(name) && (flag === undefined || flags[flag] === undefined),
  );
  return found.length > 0 ? found.map(([name]) => name) : undefined;
}

function checkKey(apiKey: string, baseUrl: string | undefined, names: MessageNames): string {
  checkOptions({ apiKey, baseUrl, allowInsecureHttp: true }, names);
  return apiKey;
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
