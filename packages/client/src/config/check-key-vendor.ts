import { configurationError } from "../errors/configuration-messages.ts";
import { defaultBaseUrl } from "../generated/endpoint.gen.ts";
import { defaultServerName, keyVendors } from "../generated/servers.gen.ts";

/**
 * Rejects another vendor's key where nothing but the default says which server it is sent to. `values` are header values or
 * keys, by the name of the option that they came from.
 *
 * @throws ConfigurationError that names both servers and never quotes the key.
 */
export function checkKeyVendor(values: Readonly<Record<string, unknown>>): void {
  for (const [option, value] of Object.entries(values)) {
    // A scheme such as `Bearer` may precede the key, and quotes of an `.env` file may surround it.
    for (const token of String(value ?? "").split(/[\s"']+/)) {
      for (const [vendor, { baseUrl, keyPrefixes }] of Object.entries(keyVendors)) {
        if (keyPrefixes.some((prefix) => token.startsWith(prefix))) {
          throw configurationError("foreign_api_key", {
            option,
            vendor,
            vendorUrl: baseUrl,
            server: defaultServerName,
            serverUrl: defaultBaseUrl,
          });
        }
      }
    }
  }
}

/** Returns those headers or query parameters that hold keys, by the name of their option. */
export function keyValues(
  name: "headers" | "query",
  record: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const held = Object.entries(record).filter(([key]) => /key|auth|token/i.test(key));
  return Object.fromEntries(held.map(([key, value]) => [`${name}.${key}`, value]));
}
