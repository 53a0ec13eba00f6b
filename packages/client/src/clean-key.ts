import { ConfigurationError } from "./errors.ts";

/**
 * Trims a key.
 *
 * @throws ConfigurationError for no key, and for one that no header can carry; it is never quoted.
 */
export function cleanKey(key: unknown): string {
  const trimmed = typeof key === "string" ? key.trim() : "";
  if (trimmed === "")
    throw new ConfigurationError("API key is missing. Pass `apiKey`.", { code: "missing_api_key" });
  if (/[^!-~]/.test(trimmed)) {
    throw new ConfigurationError(
      "`apiKey` holds a space, a line break or a character outside ASCII. Copy the key again.",
      { code: "invalid_api_key" },
    );
  }
  return trimmed;
}
