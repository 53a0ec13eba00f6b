import type { Outcome } from "../errors/errors.ts";

/** Stops a request with an answer of the proxy's own; its words hold nothing of upstream's. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly param: string | undefined;
  readonly outcome: Outcome;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    details: {
      param?: string | undefined;
      outcome?: Outcome | undefined;
      headers?: Readonly<Record<string, string>> | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
    this.status = status;
    this.code = code;
    this.param = details.param;
    this.outcome = details.outcome ?? "not-sent";
    this.headers = details.headers ?? {};
  }
}

/** Writes a refusal the way OpenAI writes its errors, so that every client reads it. */
export function refusalBody({ message, code, param, status }: Refusal): string {
  const type =
    status >= 500 ? "upstream_error" : status === 429 ? "rate_limit_error" : "invalid_request_error";
  return JSON.stringify({ error: { message, type, param: param ?? null, code } });
}
