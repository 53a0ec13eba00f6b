import type { AnswerScanner } from "./scan-answer.ts";

/** Why an answer can not be used: a full sentence, and a word to branch on. */
export interface AnswerFailure {
  readonly seen: string;
  readonly code: string;
  readonly requestId?: string | undefined;
  readonly cause?: unknown;
}

/** Parses what the scanner left of a document, or says why that is no JSON, without quoting it. */
export function parseAnswer(scanner: AnswerScanner, subject: string): { json: unknown } | AnswerFailure {
  const text = scanner.end().trimStart();
  try {
    return { json: JSON.parse(text) };
  } catch (cause) {
    if (text === "") return { code: "empty_answer", seen: `${subject} is empty.`, cause };
    if (text[0] === "<") return { code: "html_answer", seen: `${subject} is a page of HTML or XML.`, cause };
    return { code: "not_json", seen: `${subject} is no JSON, or ends too early.`, cause };
  }
}
