import { usageError } from "../errors/cli-error.ts";
import { looksLikeKey, namesSecret } from "./carries-key.ts";
import { type Environment, knownKeys } from "./environment.ts";

/** Query parameters or headers by name. */
type Pairs = Readonly<Record<string, string>>;

/**
 * Reads `--query K=V` and RETOUCH_QUERY, which is written as in a URL. A flag replaces the variable's parameter of the same
 * name.
 *
 * @throws CliError, exit code 2, for text without a name and a value, and for a key.
 */
export function chooseQuery(flags: readonly string[], env: Environment): Pairs | undefined {
  const text = env["RETOUCH_QUERY"]?.replace(/^\?/, "") ?? "";
  const variable = collect("RETOUCH_QUERY", [...new URLSearchParams(text)], (name) => name);
  const pairs = flags.map((flag) => split("--query", flag, "=", "--query api-version=v1"));
  const query = { ...variable, ...collect("`--query`", pairs, (name) => name) };
  for (const [name, value] of Object.entries(query)) {
    if (!looksLikeKey(value, knownKeys(env))) continue;
    throw usageError(
      `The query parameter \`${name}\` is a key, which a command line shows in the shell history and a URL in logs. ` +
        "Set RETOUCH_API_KEY, and name the header that it is sent in with `--key-header`.",
    );
  }
  return Object.keys(query).length > 0 ? query : undefined;
}

/**
 * Reads `--header K:V` and RETOUCH_HEADERS, which has several separated by `;`. A flag replaces the variable's header of the
 * same name.
 *
 * @throws CliError, exit code 2, for text without a name and a value, and for a header that carries a key.
 */
export function chooseHeaders(flags: readonly string[], env: Environment): Pairs | undefined {
  const texts = (env["RETOUCH_HEADERS"] ?? "").split(/[;\n]/).filter((text) => text.trim() !== "");
  const example = "--header x-team:design";
  const variable = texts.map((text) => split("RETOUCH_HEADERS", text, ":", "RETOUCH_HEADERS=x-team:design"));
  const pairs = flags.map((flag) => split("--header", flag, ":", example));
  const lower = (name: string) => name.toLowerCase();
  const headers = {
    ...collect("RETOUCH_HEADERS", variable, lower),
    ...collect("`--header`", pairs, lower),
  };
  for (const [name, value] of Object.entries(headers)) refuseKey(name, value, env);
  return Object.keys(headers).length > 0 ? headers : undefined;
}

function split(source: string, text: string, separator: string, example: string): readonly [string, string] {
  const at = text.indexOf(separator);
  const [name, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (at > 0 && name !== "" && value !== "") return [name, value];
  // The text may be a key, so it is not shown.
  throw usageError(
    `\`${source}\` is not a name, \`${separator}\` and a value. Write it like this: \`${example}\`.`,
  );
}

function collect(
  source: string,
  pairs: Iterable<readonly [string, string]>,
  toName: (name: string) => string,
): Pairs {
  const found = new Map<string, string>();
  for (const [given, value] of pairs) {
    const name = toName(given);
    if (found.has(name)) throw usageError(`${source} has \`${name}\` twice. Give it once.`);
    found.set(name, value);
  }
  // An assignment to `__proto__` would set nothing.
  return Object.fromEntries(found);
}

function refuseKey(name: string, value: string, env: Environment): void {
  if (name === "idempotency-key") {
    throw usageError("The header `idempotency-key` would be the same for every edit. Leave it out.");
  }
  const isName = namesSecret(name);
  if (!isName && !looksLikeKey(value, knownKeys(env))) return;
  const hint = /^authorization$|cookie/.test(name)
    ? "it is sent as `Authorization: Bearer`, or in the header that `--key-header` names"
    : `it is sent in this header with \`--key-header ${name}\``;
  throw usageError(
    `The header \`${name}\` ${isName ? "carries" : "has"} a key, which a command line shows in the shell history and in ` +
      `process lists. Set RETOUCH_API_KEY instead: ${hint}.`,
  );
}
