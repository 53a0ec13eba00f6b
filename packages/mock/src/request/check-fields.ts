import { findViolations, type Violation } from "../generated/validator.gen.ts";
import type { ApiError } from "./api-error.ts";
import { type ErrorName, errorTable, fieldError } from "./error-table.ts";

/**
 * Checks the text fields of a form against the schema of their model's family.
 *
 * @throws ApiError 400 for the first broken rule, with the message of OpenAI.
 */
export function checkFields(
  model: string | undefined,
  fields: Readonly<Record<string, string>>,
  files: readonly string[],
): void {
  const [violation] = findViolations(model, fields, files);
  if (violation) throw toError(violation, fields[violation.field] ?? "");
}

function toError({ field, keyword, allowed = [], limit = 0, message }: Violation, value: string): ApiError {
  return fieldError(isErrorName(keyword) ? keyword : "otherRule", field, {
    value: value.slice(0, 80),
    length: [...value].length,
    allowed: allowed.map((one) => `'${one}'`).join(", "),
    limit,
    rule: message,
  });
}

function isErrorName(keyword: string): keyword is ErrorName {
  return Object.hasOwn(errorTable, keyword);
}
