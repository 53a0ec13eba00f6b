/** Why an answer can not be used: a full sentence, and a word to branch on. */
export interface AnswerFailure {
  readonly seen: string;
  readonly code: string;
  readonly requestId?: string | undefined;
  readonly cause?: unknown;
}

/** Parses a document, or says why that is no JSON, without quoting it. */
export function parseAnswer(document: string, subject: string): { json: unknown } | AnswerFailure {
  const text = document.trimStart();
  try {
    return { json: JSON.parse(text) };
  } catch (cause) {
    if (text === "") return { code: "empty_answer", seen: `${subject} is empty.`, cause };
    if (text[0] === "<") return { code: "html_answer", seen: `${subject} is a page of HTML or XML.`, cause };
    return { code: "not_json", seen: `${subject} is no JSON, or ends too early.`, cause };
  }
}
