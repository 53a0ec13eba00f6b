import type { ParsedArguments } from "../arguments/command-definition.ts";

/** The flags of every command that connects to a server. */
export interface ConnectionFlags {
  readonly baseUrl?: string | undefined;
  /** In seconds. */
  readonly timeout?: number | undefined;
  readonly insecureHttp?: boolean | undefined;
  readonly mock?: boolean | undefined;
  readonly debug?: boolean | undefined;
  /** The name of a preset. */
  readonly dialect?: string | undefined;
  readonly path?: string | undefined;
  /** Each `K=V`. */
  readonly query?: readonly string[] | undefined;
  /** Each `K:V`. */
  readonly headers?: readonly string[] | undefined;
  readonly keyHeader?: string | undefined;
  readonly limitsLike?: string | undefined;
}

/** Reads the connection flags of a command line. */
export function readConnectionFlags(parsed: ParsedArguments): ConnectionFlags {
  return {
    baseUrl: parsed.text("base-url"),
    timeout: parsed.number("timeout"),
    insecureHttp: parsed.has("insecure-http"),
    mock: parsed.has("mock"),
    debug: parsed.has("debug"),
    dialect: parsed.text("dialect"),
    path: parsed.text("path"),
    query: parsed.list("query"),
    headers: parsed.list("header"),
    keyHeader: parsed.text("key-header"),
    limitsLike: parsed.text("limits-like"),
  };
}
