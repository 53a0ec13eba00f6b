import { invalidOption } from "../errors/configuration-messages.ts";

/** By the option that does their work: those of other SDKs that resemble none of ours. See `docs/moving-from-openai.md`. */
const replaced: Readonly<Record<string, RegExp>> = {
  headers: /^org|^proj/,
  apiKey: /^admin|^cred|ident/,
  fetch: /^fetcho|^x509/,
  onResponse: /^log/,
  dialect: /^prov/,
  baseUrl: /resid/,
};

/**
 * Rejects an option that does not exist: nothing would obey it. Names of `undefined` are ignored.
 *
 * @param prefix what comes before the name in messages: `limits.`
 * @param nearest finds a name that was mistyped; a page's start does without it
 * @throws ConfigurationError (`not-sent`) that names the option that was probably meant
 */
export function checkNames(
  given: object,
  known: readonly string[],
  prefix = "",
  nearest?: (name: string, known: readonly string[]) => string | undefined,
): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || known.includes(name)) continue;
    // `base_url`, `defaultHeaders`: what is left are the letters of the option.
    const plain = name.replace(/_|^default/g, "").toLowerCase();
    const near =
      known.find((one) => (plain[2] && one.toLowerCase().includes(plain)) || replaced[one]?.test(plain)) ??
      nearest?.(name, known);
    throw invalidOption(prefix + name, "is not an option.", near ? prefix + near : "");
  }
}
