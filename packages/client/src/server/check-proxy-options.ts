import { ConfigurationError } from "../errors/errors.ts";
import { fieldNames } from "../models/limits.ts";
import type { ImageEditHandlerOptions } from "./handler-options.ts";

const known: Readonly<Record<keyof ImageEditHandlerOptions, 1>> = {
  apiKey: 1,
  baseUrl: 1,
  authorize: 1,
  allowedHosts: 1,
  allowedOrigins: 1,
  allow: 1,
  limits: 1,
  force: 1,
  rateLimit: 1,
  timeoutMs: 1,
  onEvent: 1,
  fetch: 1,
};

/**
 * Checks the options that open or close the proxy: a limit that is no number would be no limit, and a text where a list
 * belongs would be searched for parts of words.
 *
 * @throws ConfigurationError (`not-sent`) for the first that can not work.
 */
export function checkProxyOptions(options: ImageEditHandlerOptions): void {
  const { allow = {}, allowedHosts, allowedOrigins, limits = {}, force = {}, rateLimit } = options;
  checkNames("", options, Object.keys(known));
  if (rateLimit !== undefined && typeof rateLimit !== "function")
    throw new ConfigurationError("`rateLimit` is no function. Give one, or leave it out.");
  checkNames("allow.", allow, ["models", "sizes"]);
  checkNames("limits.", limits, ["maxBodyBytes", "maxImages", "maxN", "maxPromptLength"]);
  for (const [name, list] of Object.entries({
    "allow.models": allow.models,
    "allow.sizes": allow.sizes,
    allowedHosts,
    allowedOrigins,
  })) {
    if (list === undefined) continue;
    if (!Array.isArray(list) || !list.every((entry) => typeof entry === "string"))
      throw new ConfigurationError(`\`${name}\` is no list of texts. Give one, as \`["..."]\`.`);
  }
  for (const origin of allowedOrigins ?? []) {
    if (!isOrigin(origin)) {
      throw new ConfigurationError(
        "`allowedOrigins` holds what no browser sends as its origin. Give scheme, host and port alone, as `https://app.example.com`.",
      );
    }
  }
  for (const host of allowedHosts ?? []) {
    if (!isHostName(host)) {
      throw new ConfigurationError(
        "`allowedHosts` holds what is no host name. Give names in lower case without scheme and port, as `app.example.com`.",
      );
    }
  }
  for (const [name, limit] of Object.entries(limits)) {
    if (limit !== undefined && !(typeof limit === "number" && limit >= 0))
      throw new ConfigurationError(`\`limits.${name}\` is no number from 0. Give one, or leave it out.`);
  }
  for (const [name, value] of Object.entries(force)) {
    const isField = (fieldNames as readonly string[]).includes(name) && name !== "image" && name !== "mask";
    if (isField && /^(string|number|boolean)$/.test(typeof value) && value !== "") continue;
    throw new ConfigurationError(
      isField
        ? `\`force.${name}\` is no text, number or boolean. Give one, or leave it out.`
        : `\`force.${name}\` can not be forced: it is no text field of the spec. Leave it out.`,
    );
  }
}

/** A mistyped name would allow everything. */
function checkNames(prefix: string, given: object, known: readonly string[]): void {
  const stranger = Object.entries(given).find(
    ([name, value]) => value !== undefined && !known.includes(name),
  )?.[0];
  if (stranger === undefined) return;
  const names = known.map((name) => `\`${name}\``).join(", ");
  throw new ConfigurationError(`\`${prefix}${stranger}\` is no option. Give one of ${names}.`);
}

function isOrigin(text: string): boolean {
  try {
    return new URL(text).origin === text;
  } catch {
    // What is no URL is no origin either; the caller says so.
    return false;
  }
}

function isHostName(text: string): boolean {
  try {
    return new URL(`http://${text}`).hostname === text;
  } catch {
    // What is no part of a URL is no name either; the caller says so.
    return false;
  }
}
