import type { RetouchCode } from "@retouch/client";
import {
  ConfigurationError,
  HttpError,
  InvalidInputError,
  InvalidResponseError,
  NetworkError,
  TimeoutError,
} from "@retouch/client/browser";
import type { Run } from "../session/run.ts";

/** What is stored of an error: it has methods, which cannot be stored. Its body and its images are not. */
export interface ErrorRecord extends Error {
  readonly code: string;
  readonly outcome: Run["outcome"];
  readonly requestId?: string | undefined;
  readonly taskId?: string | undefined;
  readonly status?: number | undefined;
  readonly type?: string | undefined;
  readonly param?: string | undefined;
  readonly serverMessage?: string | undefined;
}

const classes = { ConfigurationError, InvalidResponseError, NetworkError, TimeoutError };

export function toErrorRecord({ error, outcome }: Run): ErrorRecord | undefined {
  if (error === undefined) return undefined;
  const { requestId, taskId, status, type, param, serverMessage, ...seen } = error as Partial<HttpError>;
  const { name, message } = error;
  const facts = { requestId, taskId, status, type, param, serverMessage };
  return { name, message, code: String(seen.code ?? "error"), outcome, ...facts };
}

/** Returns a stored error as one of its class, so that `isHttpError` and the others recognize it after a reload. */
export function fromErrorRecord({ error, problems }: Pick<Run, "error" | "problems">): Error | undefined {
  if (error === undefined) return undefined;
  const { name, message, outcome = "unknown", status, code, ...facts } = error as ErrorRecord;
  const options = { ...facts, outcome, code: code as RetouchCode };
  if (name === "InvalidInputError") return new InvalidInputError({ problems });
  if (name === "HttpError" && status !== undefined) return new HttpError(message, { ...options, status });
  const ErrorClass = Object.hasOwn(classes, name) ? classes[name as keyof typeof classes] : undefined;
  // An abort, and a record of an earlier version.
  return ErrorClass === undefined
    ? Object.assign(new Error(message), error)
    : new ErrorClass(message, options);
}
