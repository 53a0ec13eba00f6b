import { isPublicHost } from "../network/is-public-address.ts";
import { isTrusted, type TrustedServer } from "./trusted-server.ts";

/** Why a URL in a private or reserved network is rejected. */
export const inPrivateNetwork = "is in a private or reserved network and is not fetched";

/**
 * Returns why a result's URL is not fetched: it is not encrypted, or it is in a private network. On the server's own
 * origin, everything is allowed. `from` is the URL that redirected to it.
 */
export function checkResultUrl(resultUrl: string, server: TrustedServer, from?: string): string | undefined {
  let url: URL;
  try {
    url = new URL(resultUrl);
  } catch {
    // The parser's message would quote the URL.
    const isRelative = !/^[a-z][\w+.-]*:/i.test(resultUrl);
    return isRelative ? "is relative to a server that is not known here" : "is not a valid URL";
  }
  if (url.username !== "" || url.password !== "")
    return "contains a user name or password and is not fetched";
  const isOwn = isTrusted(url, server) && /^https?:$/.test(url.protocol);
  const isWeaker = url.protocol === "http:" && from?.startsWith("https:") === true;
  if (isOwn && !isWeaker) return undefined;
  if (url.protocol !== "https:") return "is not https and is not fetched";
  return isPublicHost(url.hostname) ? undefined : inPrivateNetwork;
}

/** Returns the option that would allow a URL that {@link checkResultUrl} rejects. */
export function optionFor(
  resultUrl: string,
  server: TrustedServer,
  from?: string,
): "allowInsecureHttp" | undefined {
  const allowing = { ...server, allowInsecureHttp: true };
  return checkResultUrl(resultUrl, allowing, from) === undefined ? "allowInsecureHttp" : undefined;
}
