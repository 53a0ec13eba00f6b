import { ConfigurationError } from "./errors.ts";
import { codeNames, type MessageNames } from "./message-names.ts";

/** The option a message is about, by the names of `names`; one that the audience does not know has its name in code. */
function optionOf(option: string, names: MessageNames): string | undefined {
  return names.api(option) ?? codeNames.api(option);
}

interface Detailed {
  readonly option: string;
  /** What was seen and what to do, after the option's name. */
  readonly detail: string;
  /** Of an unknown option: the one that was probably meant, or an empty text. */
  readonly meant?: string | undefined;
}

const detailed = ({ option, detail, meant }: Detailed, names: MessageNames) => {
  const hint = meant ? ` Did you mean ${optionOf(meant, names)}?` : "";
  return `${optionOf(option, names)} ${detail}${meant === undefined ? "" : `${hint} Check its spelling, or remove it.`}`;
};

/** The sentence of each code, from its parameters. */
const sentences = {
  configuration: detailed,
  output_not_writable: detailed,
  invalid_base_url: (
    {
      option,
      ...seen
    }: { readonly option: string } & (
      | { readonly seen: "credentials" | "query" }
      | { readonly seen: "not_http"; readonly example: string }
    ),
    names,
  ) => {
    const name = optionOf(option, names);
    if (seen.seen === "not_http") return `${name} must be an http(s) URL, for example \`${seen.example}\`.`;
    if (seen.seen === "credentials")
      return `${name} has a user name or password. Give the key as ${optionOf("apiKey", names)}.`;
    const query = names.api("query");
    return `${name} has a query or a fragment. ${query ? `Pass query parameters as ${query}` : "Remove it"}.`;
  },
  insecure_http: ({ host }: { readonly host: string }, names) =>
    `${optionOf("baseUrl", names)} is plain http to ${host}: anyone on the network path could read the key and the images. Use https, or allow it with ${optionOf("allowInsecureHttp", names)}.`,
  missing_api_key: (_: object, names) =>
    `API key is missing. Give ${optionOf("apiKey", names)}, or set the variable that it is read from, such as RETOUCH_API_KEY.`,
  invalid_api_key: (_: object, names) =>
    `${optionOf("apiKey", names)} has a space, a line break or a character outside ASCII. Copy the key again.`,
  short_api_key: ({ length, minLength }: { readonly length: number; readonly minLength: number }, names) =>
    `${optionOf("apiKey", names)} has ${length} characters, but keys of public servers have at least ${minLength}. Copy the complete key.`,
  foreign_api_key: (
    {
      option,
      vendor,
      vendorUrl,
      server,
      serverUrl,
    }: {
      readonly option: string;
      readonly vendor: string;
      readonly vendorUrl: string;
      readonly server: string;
      readonly serverUrl: string;
    },
    names,
  ) =>
    `${optionOf(option, names)} is a key of ${vendor}, but without ${optionOf("baseUrl", names)} it would be sent to ${server} (${serverUrl}). Nothing was sent. Give ${names.api("baseUrl", vendorUrl) ?? vendorUrl}, or a key of ${server}.`,
  key_in_browser: (_: object) =>
    "Every visitor can read a key in a page. Keep it on a server with `createImageEditHandler` of `@retouch/client/server`, or set `dangerouslyAllowBrowser` if it is the visitor's own.",
  api_key_failed: (_: object, names) =>
    `The ${optionOf("apiKey", names)} function failed. Nothing was sent. See \`cause\`.`,
} satisfies Record<string, (params: never, names: MessageNames) => string>;

/** The parameters of each code of a {@link ConfigurationError}. */
export type ConfigurationParams = {
  readonly [Code in keyof typeof sentences]: Parameters<(typeof sentences)[Code]>[0];
};

/** Returns the sentence of a code, or `undefined` for a code that is not of the configuration. */
export function formatConfiguration(code: string, params: object, names: MessageNames): string | undefined {
  return Object.hasOwn(sentences, code)
    ? sentences[code as keyof typeof sentences](params as never, names)
    : undefined;
}

/** Creates the error of options that cannot work. */
export function configurationError<Code extends keyof ConfigurationParams>(
  code: Code,
  params: ConfigurationParams[Code],
  cause?: unknown,
): ConfigurationError {
  const message = sentences[code](params as never, codeNames);
  return new ConfigurationError(message, { code, params: { ...params }, cause });
}

/** Creates the error of an option with an invalid value; `detail` continues after the option's name. */
export function invalidOption(option: string, detail: string, meant?: string): ConfigurationError {
  return configurationError("configuration", { option, detail, meant });
}
