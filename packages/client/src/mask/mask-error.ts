import { InvalidInputError } from "../errors/errors.ts";

/** Makes the error of a mask that can not be made; `message` is whole: what was seen, what to do. */
export function maskError(code: string, message: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError({ problems: [{ severity: "error", field: "mask", code, message }], cause });
}
