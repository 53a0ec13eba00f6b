import type { NodeClientOptions } from "@retouch/client/node";
import { usageError } from "../errors/cli-error.ts";
import { didYouMean } from "../errors/did-you-mean.ts";
import { dialectNames } from "../generated/dialect-names.gen.ts";
import { specModels } from "../generated/fields.gen.ts";
import type { ConnectionFlags } from "./connection-flags.ts";
import type { Environment } from "./environment.ts";
import { chooseHeaders, chooseQuery } from "./query-and-headers.ts";

/** How a server is addressed beside its base URL and its key, by the names of the client's options. */
export type AddressOptions = Pick<NodeClientOptions, "dialect" | "query" | "headers" | "limitsLike">;

/**
 * Chooses how the server is addressed: flags, then the environment.
 *
 * @throws CliError, exit code 2, for a value that cannot be used, and for a key among the query and the headers.
 */
export function chooseAddress(flags: ConnectionFlags, env: Environment): AddressOptions {
  const dialect = {
    preset: chooseDialect(flags, env),
    path: flags.path ?? env["RETOUCH_PATH"],
    keyHeader: flags.keyHeader ?? env["RETOUCH_KEY_HEADER"],
  };
  return { ...chooseMockAddress(flags, env), dialect };
}

/** Chooses what applies to the mock too, which has one path and speaks as the spec says. */
export function chooseMockAddress(flags: ConnectionFlags, env: Environment): AddressOptions {
  return {
    query: chooseQuery(flags.query ?? [], env),
    headers: chooseHeaders(flags.headers ?? [], env),
    limitsLike: chooseLimitsLike(flags, env),
  };
}

/**
 * Refuses the flags that choose another server than the mock, or another way to speak to it.
 *
 * @throws CliError, exit code 2.
 */
export function refuseWithMock({ baseUrl, dialect, path, keyHeader }: ConnectionFlags): void {
  const given = { "--base-url": baseUrl, "--dialect": dialect, "--path": path, "--key-header": keyHeader };
  for (const [flag, value] of Object.entries(given)) {
    if (value !== undefined) throw usageError(`\`--mock\` and \`${flag}\` exclude each other. Give one.`);
  }
}

/** Chooses the preset. The parser has checked the flag. */
export function chooseDialect(
  flags: ConnectionFlags,
  env: Environment,
): (typeof dialectNames)[number] | undefined {
  return oneOf("RETOUCH_DIALECT", flags.dialect ?? env["RETOUCH_DIALECT"], dialectNames);
}

function chooseLimitsLike(flags: ConnectionFlags, env: Environment): AddressOptions["limitsLike"] {
  const names = specModels.map(({ name }) => name);
  const given = oneOf("RETOUCH_LIMITS_LIKE", flags.limitsLike ?? env["RETOUCH_LIMITS_LIKE"], names);
  // The names of both tables come from the spec.
  return given as AddressOptions["limitsLike"];
}

function oneOf<Name extends string>(
  variable: string,
  given: string | undefined,
  names: readonly Name[],
): Name | undefined {
  if (given === undefined) return undefined;
  const found = names.find((name) => name === given);
  if (found !== undefined) return found;
  throw usageError(
    `${variable} is ${JSON.stringify(given)}.${didYouMean(given, names)} Use one of ${names.join(", ")}.`,
  );
}
