import { ConfigurationError } from "./errors.ts";
import { isPublicHost } from "./is-public-address.ts";
import { minSecretLength } from "./min-secret-length.ts";

/**
 * Trims a key that is meant for `host`.
 *
 * @throws ConfigurationError (`not-sent`) for no key, for one that no header can carry, and for one that is too short to be
 * redacted, except in a private network; it is never quoted.
 */
export function cleanKey(key: unknown, host: string): string {
  const trimmed = typeof key === "string" ? key.trim() : "";
  if (trimmed === "")
    throw new ConfigurationError("API key is missing. Pass `apiKey`.", { code: "missing_api_key" });
  if (/[^!-~]/.test(trimmed)) {
    throw new ConfigurationError(
      "`apiKey` holds a space, a line break or a character outside ASCII. Copy the key again.",
      { code: "invalid_api_key" },
    );
  }
  // A name without a dot has no public DNS record.
  if (trimmed.length < minSecretLength && isPublicHost(host) && /[.:]/.test(host)) {
    throw new ConfigurationError(
      `\`apiKey\` has ${trimmed.length} characters, but keys of public servers have at least ${minSecretLength}. Copy the complete key.`,
      { code: "short_api_key" },
    );
  }
  return trimmed;
}
