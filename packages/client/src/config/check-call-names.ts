import { invalidOption } from "../errors/configuration-messages.ts";
import type { EditOptions } from "../options.ts";
import { checkNames } from "./check-names.ts";
import { nearestName } from "./nearest-name.ts";

const ofClient = (option: string) => `is not an option of a call. Give \`${option}\` to the client.`;

/** The options of every call. */
export const callOptionNames: Readonly<Record<keyof EditOptions, 1>> = {
  signal: 1,
  timeoutMs: 1,
  maxRetries: 1,
  maxAnswerBytes: 1,
  headers: 1,
  idempotencyKey: 1,
  onRequest: 1,
  onTask: 1,
  onUploadProgress: 1,
};

/** What a call of another SDK takes, or a client of ours, and what to do instead. */
const elsewhere: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ["apiKey", "baseUrl", "fetch", "query", "dialect", "limitsLike", "onResponse", "onRetry"].map(
      (option) => [option, ofClient(option)],
    ),
  ),
  defaultBaseURL: ofClient("baseUrl"),
  path: ofClient("baseUrl"),
  fetchOptions: ofClient("fetch"),
  method: "is not an option of a call. An edit is always a POST. Remove it.",
  body: "is not an option of a call. Give fields as parameters, and unknown ones in `extra`.",
  stream: "is not an option of a call. Call `stream` of the client instead of `edit`.",
};

/**
 * Rejects an option that a call does not have.
 *
 * @throws ConfigurationError (`not-sent`) that names the option that was probably meant, and where it belongs
 */
export function checkCallNames(call: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(call)) {
    const detail = Object.hasOwn(elsewhere, name) && !known.includes(name) ? elsewhere[name] : undefined;
    if (value !== undefined && detail !== undefined) throw invalidOption(name, detail);
  }
  checkNames(call, known, "", nearestName);
}
