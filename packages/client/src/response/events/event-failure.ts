import type { Redact } from "../../errors/redactor.ts";
import { parseServerError } from "../../errors/server-error.ts";
import { fieldsOf, type ParseFailure, textOf } from "../json.ts";

/** Names of events, and values of `status`, that say that an edit ended without its image. */
const failureName =
  /(?:^|[._:-])(?:error(?:ed)?|fail(?:ed|ure)?|incomplete|cancell?ed|aborted|expired|rejected|blocked)$/i;
/** `{response: {error}}`, `{data: {item: {error}}}`, and one level of what else servers may wrap it in. */
const maxDepth = 4;
const maxMembers = 50;

/** Returns whether an event's name, or a `status`, reports a failure. */
export function isFailureName(name: string): boolean {
  return failureName.test(name);
}

/** Returns why an edit failed if an event reports it: by an `error` at some depth, by its name or by a `status`. */
export function findFailure(json: unknown, name: string, redact?: Redact): ParseFailure | undefined {
  const withError = find(json, hasError);
  if (withError) return toFailure(withError, redact, json);
  const withStatus = find(json, ({ status }) => isFailureName(textOf(status) ?? ""));
  if (!withStatus && !isFailureName(name)) return undefined;
  // Without an `error`, the reason is wherever there is one.
  const withMessage = find(json, (fields) => parseServerError(fields, redact).message !== undefined);
  if (withMessage) return toFailure(withMessage, redact, json);
  const reason = reasonOf(find(json, (fields) => reasonOf(fields) !== undefined) ?? {});
  const message = reason && `The response is incomplete: ${reason}.`;
  return toFailure({ error: { code: reason, message } }, redact, json);
}

/** Returns the failure for an error in the form of a JSON response; `outer` may have a request ID. */
export function toFailure(json: unknown, redact?: Redact, outer: unknown = json): ParseFailure {
  const {
    message,
    code,
    requestId = parseServerError(outer, redact).requestId,
  } = parseServerError(json, redact);
  return {
    code: code ?? "error_event",
    requestId,
    params: {
      summary: `The server ended the stream with an error${code ? ` (${code})` : ""}${message ? `: "${message}"` : ""}.`,
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** Returns the first object, level by level, that satisfies a condition. */
function find(json: unknown, isWanted: (fields: Fields) => boolean): Fields | undefined {
  let level: unknown[] = [json];
  for (let depth = 0; depth < maxDepth; depth++) {
    const objects = level.filter((value): value is Fields => typeof value === "object" && value !== null);
    const found = objects.find(isWanted);
    if (found) return found;
    level = objects.flatMap((fields) => Object.values(fields).slice(0, maxMembers)).slice(0, 1000);
  }
  return undefined;
}

/** Gateways send `null`, `{}` and errors of empty strings with events that report none. */
function hasError({ error }: Fields): boolean {
  if (typeof error !== "object") return typeof error === "string" && error !== "";
  return Object.values(error ?? {}).some((value) => Boolean(value));
}

function reasonOf(fields: Fields): string | undefined {
  const details = fieldsOf(fields["incomplete_details"] ?? fields["status_details"]);
  return textOf(details["reason"]) ?? textOf(fields["reason"]);
}
