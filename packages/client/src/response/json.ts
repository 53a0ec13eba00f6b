import type { FailureParams } from "../errors/failure-messages.ts";

/** Returns the fields of a parsed JSON value, or no fields if it is not an object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** Returns a string. Empty strings count as absent, which is what some gateways mean by them. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Returns the items of an array, or a single value as an array of one. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

/** Returns the value at a path such as `data.result` or `data[0].id`. */
export function valueAt(json: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter(Boolean)
    .reduce<unknown>(
      (value, key) => (Object.hasOwn(fieldsOf(value), key) ? fieldsOf(value)[key] : undefined),
      json,
    );
}

/** The reason that a response cannot be used: a code to branch on, and what its message is made of. */
export interface ParseFailure {
  readonly code: string;
  readonly params: FailureParams;
  readonly requestId?: string | undefined;
  readonly cause?: unknown;
}

/** Parses a document, or returns why it is not JSON, without quoting it. */
export function parseJson(document: string, subject: string): { json: unknown } | ParseFailure {
  const text = document.trimStart();
  try {
    return { json: JSON.parse(text) };
  } catch (cause) {
    if (text === "") return { code: "empty_response", params: { summary: `${subject} is empty.` }, cause };
    if (text[0] === "<")
      return {
        code: "html_response",
        params: {
          summary: `${subject} is an HTML or XML page, not JSON of the API: the URL may be another one.`,
        },
        cause,
      };
    return { code: "not_json", params: { summary: `${subject} is not JSON or ends early.` }, cause };
  }
}

/** Returns the failure for a response larger than the caller allows. */
export function tooLarge(maxAnswerBytes: number): ParseFailure {
  return { code: "response_too_large", params: { maxAnswerBytes } };
}

/** `JSON.parse` takes seconds for a million brackets or values; real responses nest five deep and have a hundred. */
export const maxValues = 100_000;

/** Parses JSON that is itself a string of a response, which nothing has limited; `undefined` if it is not JSON. */
export function parseNestedJson(text: string): unknown {
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code === 44 || code === 91 || code === 123) && ++values > maxValues) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // prose in brackets
  }
}
