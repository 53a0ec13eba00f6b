import type { Deadline } from "../async/deadline.ts";
import { checkKeyVendor } from "../config/check-key-vendor.ts";
import { cleanKey, type Settings } from "../config/resolve-settings.ts";
import { configurationError } from "../errors/configuration-messages.ts";
import { minSecretLength } from "../errors/min-secret-length.ts";
import { isPublicHost } from "../network/is-public-address.ts";

/**
 * Returns the key for one call, or `undefined` when headers or a proxy make it unnecessary.
 *
 * @throws ConfigurationError (`not-sent`) when the `apiKey` function fails, and for a key that cannot be used
 */
export async function resolveKey({
  options: { apiKey },
  needsKey,
  host,
  isDefaultServer,
}: Settings): Promise<string | undefined> {
  if (apiKey === undefined) return undefined;
  if (typeof apiKey === "string") return redactableKey(apiKey, host);
  let key: unknown;
  try {
    key = await apiKey();
  } catch (cause) {
    throw configurationError("api_key_failed", {}, cause);
  }
  if (key === undefined && !needsKey) return undefined;
  const cleaned = redactableKey(key, host);
  if (isDefaultServer) checkKeyVendor({ apiKey: cleaned });
  return cleaned;
}

/** Creates the function that returns the key of each call of one client; a key that is a text is checked once. */
export function createKeyResolver(settings: Settings): (deadline: Deadline) => Promise<string | undefined> {
  let known: { readonly given: string; readonly key: string | undefined } | undefined;
  return async ({ race }) => {
    const given = settings.options.apiKey;
    if (known && known.given === given) return known.key;
    const key = await race(resolveKey(settings));
    if (typeof given === "string") known = { given, key };
    return key;
  };
}

/**
 * Returns a key for `host` without the whitespace around it.
 *
 * @throws ConfigurationError (`not-sent`) for what `cleanKey` rejects, and for a key that is too short to be redacted, except
 * in a private network
 */
export function redactableKey(key: unknown, host: string): string {
  const trimmed = cleanKey(key);
  // A name without a dot has no public DNS record.
  if (trimmed.length < minSecretLength && isPublicHost(host) && /[.:]/.test(host))
    throw configurationError("short_api_key", { length: trimmed.length, minLength: minSecretLength });
  return trimmed;
}
