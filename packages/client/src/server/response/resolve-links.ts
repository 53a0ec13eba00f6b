import { isPublicHost } from "../../network/is-public-address.ts";
import { isLink } from "../../response/shapes/image-references.ts";
import { wordsOf } from "../../response/shapes/leaves.ts";
import { resolveResultUrl } from "../../results/trusted-server.ts";

/**
 * A function that returns the complete URL for the value of a member, as bytes of JSON; `undefined` for anything but a
 * relative URL of a result.
 */
export type ResolveLink = (value: Uint8Array, name: string) => Uint8Array | undefined;

/** Members that hold results, as wrappers name them. Not `content`: in a stream, it is any part of a text. */
const resultName =
  /^(?:image|img|photo|data|output|result|artifact|generation|prediction|b64|base64|json|file|url|uri|src|href|link)s?$/;
/** Relative URLs are shorter. Without a dot or a query, longer ones could be base64. */
const maxPlainChars = 256;

/**
 * Creates the function that completes relative URLs of results: only the proxy knows the server that they are relative to.
 * Nothing is completed for an upstream that no page can reach: the name of an internal server stays hidden, and the page
 * reports such a URL.
 *
 * @param base the upstream's root, as `Target.root` has it
 */
export function createLinkResolver(base: string): ResolveLink | undefined {
  const { protocol, hostname } = new URL(base);
  if (protocol !== "https:" || !hostname.includes(".") || !isPublicHost(hostname)) return undefined;
  return (value, name) => {
    const text = parseString(value);
    const words = wordsOf(name);
    if (text === undefined || words.length === 0 || !words.every((word) => resultName.test(word))) return;
    const isBase64 = words.some((word) => /^(?:b64|base64)$/.test(word)) || text.length > maxPlainChars;
    const field = isBase64
      ? "base64"
      : /^(?:ur[il]|href|src|link)s?$/.test(words.at(-1) ?? "")
        ? "url"
        : "other";
    if (/^\s*[a-z][\w+.-]*:/i.test(text) || !isLink({ text, field })) return;
    // It is ASCII: a URL percent-encodes everything else.
    return new TextEncoder().encode(JSON.stringify(resolveResultUrl(text.trim(), base)).slice(1, -1));
  };
}

function parseString(value: Uint8Array): string | undefined {
  try {
    const text: unknown = JSON.parse(`"${new TextDecoder().decode(value)}"`);
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined; // text that only looks like JSON stays as it is
  }
}
