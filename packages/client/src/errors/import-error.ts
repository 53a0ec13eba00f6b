import { NetworkError } from "./errors.ts";

/** Throws the error of a late import that failed. It happens before anything is sent. */
export function throwImportError(cause: unknown): never {
  const details = { outcome: "not-sent", code: "code_not_loaded", cause } as const;
  throw new NetworkError(
    "The code of the client could not be loaded. Nothing was sent. Try again, or reload.",
    details,
  );
}
