import type { ConfigurationParams } from "./configuration-messages.ts";
import { formatConfiguration } from "./configuration-messages.ts";
import {
  isConfigurationError,
  isHttpError,
  isInvalidInputError,
  isRetouchError,
  type Problem,
  type RetouchError,
} from "./errors.ts";
import { type FailureParams, formatFailure } from "./failure-messages.ts";
import { formatHttp, type HttpFacts } from "./http-messages.ts";
import { codeNames, type MessageNames } from "./message-names.ts";
import { formatProblem, type ProblemParams } from "./problem-messages.ts";

/** The parameters of the message of each code that has any. */
export type MessageParams = ProblemParams & Omit<ConfigurationParams, keyof ProblemParams>;

/**
 * Returns the message of an error, a problem or a warning with the names of its audience. Without parameters, or for a
 * code of another version, it is the message as it is.
 *
 * @param names by default those of code: fields and options in backticks
 * @example
 * const labels: Record<string, string> = { mask: "The mask", prompt: "Your text" };
 * const names = { field: (name: string) => labels[name] ?? name, api: () => undefined };
 * for (const problem of error.problems) console.log(formatMessage(problem, names));
 */
export function formatMessage(subject: Problem | RetouchError, names: MessageNames = codeNames): string {
  if (isInvalidInputError(subject)) {
    const errors = subject.problems.filter(({ severity }) => severity === "error");
    return errors.map((problem) => formatMessage(problem, names)).join("\n");
  }
  const { code, params, message } = subject;
  if (params === undefined) return message;
  if (isHttpError(subject)) return formatHttp(subject as unknown as HttpFacts, names);
  if (isConfigurationError(subject)) return formatConfiguration(code, params, names) ?? message;
  const problem = isRetouchError(subject) ? undefined : formatProblem(code, subject.field, params, names);
  return problem ?? (formatFailure(code, params as FailureParams, names) || message);
}

/**
 * Returns whether an error, a problem or a warning has a code and its parameters, and types them.
 *
 * @example
 * if (hasCode(problem, "too_long")) console.log(problem.params.maxLength);
 */
export function hasCode<Subject extends Problem | RetouchError, Code extends keyof MessageParams>(
  subject: Subject,
  code: Code,
): subject is Subject & { readonly code: Code; readonly params: MessageParams[Code] } {
  return subject.code === code && subject.params !== undefined;
}
