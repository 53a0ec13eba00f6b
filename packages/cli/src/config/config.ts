import { isLoopback } from "@retouch/client/node";
import type { ParsedArguments } from "../arguments/command-definition.ts";
import { parseDuration } from "../arguments/parse-duration.ts";
import { CliError, exitCodes, usageError } from "../errors/cli-error.ts";
import { nearestWord } from "../errors/did-you-mean.ts";
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
export function chooseBaseUrl(flags: ConnectionFlags, env: Environment, specServer: string): URL {
  const text = flags.baseUrl ?? env["RETOUCH_BASE_URL"] ?? specServer;
  const source = flags.baseUrl === undefined ? "RETOUCH_BASE_URL" : "--base-url";
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw usageError(`\`${source}\` must be an http(s) URL, for example ${specServer}.`);
  }
  if (url.username !== "" || url.password !== "") {
    throw usageError(
      `\`${source}\` contains a user name or password. Set the key in RETOUCH_API_KEY instead.`,
    );
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname) && flags.insecureHttp !== true) {
    throw usageError(
      `\`${source}\` is plain http to ${url.host}: anyone on the network path could read the key and the images. ` +
        "Use https, or allow it with `--insecure-http`.",
    );
  }
  return url;
}

/** Chooses the key: RETOUCH_API_KEY, or OPENAI_API_KEY only for OpenAI. `flags` are those that `baseUrl` was chosen from. */
export function chooseApiKey(env: Environment, baseUrl: URL, flags: ConnectionFlags): string {
  const own = env["RETOUCH_API_KEY"]?.trim();
  if (own) {
    const isDefault = flags.baseUrl === undefined && env["RETOUCH_BASE_URL"] === undefined;
    if (isDefault) rejectForeignKey(own, baseUrl);
    return checkKey(own, "RETOUCH_API_KEY");
  }
  const openai = env["OPENAI_API_KEY"]?.trim();
  if (openai && baseUrl.origin === openaiOrigin) return checkKey(openai, "OPENAI_API_KEY");
  const hint = openai
    ? ` OPENAI_API_KEY is only sent to OpenAI: add \`--base-url ${openaiOrigin}\`, or set RETOUCH_API_KEY for ${baseUrl.host}.`
    : " Set RETOUCH_API_KEY, or name a file that sets it with `--settings`. To try without a key: `--mock`.";
  throw new CliError(`API key is missing.${hint}`, { exitCode: exitCodes.auth, code: "missing_api_key" });
}

/** Repeats the client's check, which cannot fire here: the CLI always passes a base URL to the client, the default too. */
function rejectForeignKey(key: string, defaultServer: URL): void {
  for (const [vendor, { baseUrl, keyPrefixes }] of Object.entries(keyVendors)) {
    if (!keyPrefixes.some((prefix) => key.replace(/^["']/, "").startsWith(prefix))) continue;
    throw new CliError(
      `RETOUCH_API_KEY holds a key of ${vendor}, but no base URL is given, so it would be sent to ${defaultServerName} (${defaultServer.origin}). ` +
        `Nothing was sent. Add \`--base-url ${baseUrl}\`, or set RETOUCH_API_KEY to a key of ${defaultServerName}.`,
      { exitCode: exitCodes.auth, code: "foreign_api_key" },
    );
  }
}

function checkKey(key: string, name: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new CliError(
    `${name} holds characters that no key has (a space, a line break or a letter outside ASCII). Copy the key again.`,
    { exitCode: exitCodes.auth, code: "invalid_api_key" },
  );
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
