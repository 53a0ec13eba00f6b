import { cleanKey, type Settings } from "../config/resolve-settings.ts";
import { ConfigurationError } from "../errors.ts";

/**
 * Returns the key for one call, or `undefined` when headers or a proxy make it unnecessary.
 *
 * @throws ConfigurationError (`not-sent`) when the `apiKey` function fails or does not return a usable key
 */
export async function resolveKey({ options: { apiKey }, needsKey }: Settings): Promise<string | undefined> {
  if (apiKey === undefined) return undefined;
  if (typeof apiKey === "string") return cleanKey(apiKey);
  let key: unknown;
  try {
    key = await apiKey();
  } catch (cause) {
    throw new ConfigurationError("The `apiKey` function failed. Nothing was sent. See `cause`.", {
      code: "api_key_failed",
      cause,
    });
  }
  if (key === undefined && !needsKey) return undefined;
  return cleanKey(key);
}
