import { InvalidInputError } from "./errors.ts";

/** Says that the picture of a field can not be opened or read; nothing was sent. `message` goes on after the field. */
export function invalidPicture(
  field: string,
  code: string,
  message: string,
  cause?: unknown,
): InvalidInputError {
  const problem = { severity: "error", field, code, message: `\`${field}\` ${message}` } as const;
  return new InvalidInputError({ problems: [problem], cause });
}
