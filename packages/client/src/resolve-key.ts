import { checkKeyVendor } from "./check-key-vendor.ts";
import { cleanKey } from "./clean-key.ts";
import { ConfigurationError } from "./errors.ts";
import type { Settings } from "./resolve-options.ts";

/** Gives the key for one call, or `undefined` when headers or a proxy make it unnecessary. */
export async function resolveKey({
  options: { apiKey },
  needsKey,
  host,
  isDefaultServer,
}: Settings): Promise<string | undefined> {
  if (apiKey === undefined) return undefined;
  if (typeof apiKey === "string") return cleanKey(apiKey, host);
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
  const cleaned = cleanKey(key, host);
  if (isDefaultServer) checkKeyVendor({ apiKey: cleaned });
  return cleaned;
}
