import type { NodeClientOptions } from "@retouch/client/node";
import type { ConnectionFlags } from "./config.ts";
import type { Environment } from "./environment.ts";
import { chooseHeaders, chooseQuery } from "./query-and-headers.ts";

/** How a server is addressed beside its base URL and its key, by the names of the client's options. */
export type AddressOptions = Pick<NodeClientOptions, "dialect" | "query" | "headers">;

/**
 * Chooses how the server is addressed: flags, then the environment.
 *
 * @throws CliError, exit code 2, for a value that cannot be used, and for a key among the query and the headers.
 */
export function chooseAddress(flags: ConnectionFlags, env: Environment): AddressOptions {
  const path = flags.path ?? env["RETOUCH_PATH"];
  return {
    ...chooseMockAddress(flags, env),
    ...(path !== undefined && { dialect: { path } }),
  };
}

/** Chooses what applies to the mock too, which has one path and speaks as the spec says. */
export function chooseMockAddress(flags: ConnectionFlags, env: Environment): AddressOptions {
  const query = chooseQuery(flags.query ?? [], env);
  const headers = chooseHeaders(flags.headers ?? [], env);
  return { ...(query !== undefined && { query }), ...(headers !== undefined && { headers }) };
}
