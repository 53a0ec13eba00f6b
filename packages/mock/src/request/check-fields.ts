import { findViolations, type Violation } from "../generated/validator.gen.ts";
import { type ApiError, invalidField } from "./api-error.ts";

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

function toError({ field, keyword, allowed, limit, message }: Violation, value: string): ApiError {
  const actual = `'${value.slice(0, 80)}'`;
  switch (keyword) {
    case "required":
      return invalidField(field, "missing_required_parameter", `Missing required parameter: '${field}'.`);
    case "refused":
      return invalidField(field, "unknown_parameter", `Unknown parameter: '${field}'.`);
    case "type":
      return invalidField(
        field,
        "invalid_type",
        `Invalid type for '${field}': it ${message}, but got ${actual}.`,
      );
    case "enum":
      return invalidField(
        field,
        "invalid_value",
        `Invalid value: ${actual}. Supported values are: ${(allowed ?? []).map((one) => `'${one}'`).join(", ")}.`,
      );
    case "minLength":
      return invalidField(
        field,
        "string_below_min_length",
        `Invalid '${field}': string too short. Expected a minimum length of ${limit}, but got ${[...value].length}.`,
      );
    case "maxLength":
      return invalidField(
        field,
        "string_above_max_length",
        `Invalid '${field}': string too long. Expected a maximum length of ${limit}, but got ${[...value].length}.`,
      );
    case "minimum":
      return invalidField(
        field,
        "integer_below_min_value",
        `Invalid '${field}': below the minimum. Expected a value >= ${limit}, but got ${actual}.`,
      );
    case "maximum":
      return invalidField(
        field,
        "integer_above_max_value",
        `Invalid '${field}': above the maximum. Expected a value <= ${limit}, but got ${actual}.`,
      );
    default:
      return invalidField(field, "invalid_value", `Invalid '${field}': ${actual}. It ${message}.`);
  }
}
