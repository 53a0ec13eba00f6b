import { keyVendors } from "../generated/servers.gen.ts";

/** Parts of a name that say what it carries; a limit in `tokens` is not a secret. */
const secretName =
  /authori[sz]ation|authentication|key$|token(?!s|i)|secret|cookie|passw(?:or)?d|credential|signature/i;
const secretWord = /^(?:keys?|auth|jwt|bearer|sig|sas)$/i;

/** Returns whether a header or a query parameter of this name carries a key or another secret. */
export function namesSecret(name: string): boolean {
  return secretName.test(name) || name.split(/[-_.]/).some((word) => secretWord.test(word));
}

const keyPrefixes = Object.values(keyVendors).flatMap(({ keyPrefixes: prefixes }) => prefixes);

/** Returns whether a value looks like a key: one of a known vendor, with a scheme before it, or one of `known`. */
export function looksLikeKey(value: string, known: readonly string[] = []): boolean {
  if (/^\s*(?:bearer|basic)\s+\S/i.test(value)) return true;
  if (/\bsk-[\w-]{16,}|\beyJ[\w-]{8,}\.eyJ/.test(value)) return true;
  if (known.some((key) => key.length >= 8 && value.includes(key))) return true;
  return value
    .split(/[\s"'=,;:|]+/)
    .some((token) => keyPrefixes.some((prefix) => token.startsWith(prefix) && token.length > prefix.length));
}
