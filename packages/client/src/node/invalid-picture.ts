import { InvalidInputError } from "../errors.ts";

/** Says that a picture can not be opened or read; nothing was sent. */
export function invalidPicture(code: string, message: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError({ problems: [{ severity: "error", field: "image", code, message }], cause });
}
