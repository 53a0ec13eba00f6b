/** Gives the fields of a parsed JSON value; none of one that is no object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** Gives a text; empty ones count as absent, which is what some gateways mean by them. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Gives the items of a list, and a single value as a list of one. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

/** Why an answer can not be used: a full sentence, and a word to branch on. */
export interface ParseFailure {
  readonly seen: string;
  readonly code: string;
  readonly requestId?: string | undefined;
  readonly cause?: unknown;
}

/** Parses a document, or says why that is no JSON, without quoting it. */
export function parseJson(document: string, subject: string): { json: unknown } | ParseFailure {
  const text = document.trimStart();
  try {
    return { json: JSON.parse(text) };
  } catch (cause) {
    if (text === "") return { code: "empty_response", seen: `${subject} is empty.`, cause };
    if (text[0] === "<")
      return { code: "html_response", seen: `${subject} is a page of HTML or XML.`, cause };
    return { code: "not_json", seen: `${subject} is no JSON, or ends too early.`, cause };
  }
}
