import { isPublicHost } from "../network/is-public-address.ts";

/** Why an address in a private or reserved network is rejected. */
export const inPrivateNetwork = "is in a private or reserved network and is not fetched";

/**
 * Returns why a result's URL is not fetched: it is not encrypted, or is in the network of the machine that runs this.
 * `origin` is the server's own, where everything is allowed. `from` is the URL that redirected to it.
 */
export function checkResultUrl(address: string, origin: string, from?: string): string | undefined {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    // What the parser says would quote the address.
    return "is no URL";
  }
  if (url.username !== "" || url.password !== "") return "holds a user name or password and is not fetched";
  const isOwn = url.origin === origin && /^https?:$/.test(url.protocol);
  const isWeaker = url.protocol === "http:" && from?.startsWith("https:") === true;
  if (isOwn && !isWeaker) return undefined;
  if (url.protocol !== "https:") return "is not https and is not fetched";
  return isPublicHost(url.hostname) ? undefined : inPrivateNetwork;
}
