import { isLoopback } from "./check-base-url.ts";

/**
 * Says why a picture's address is not fetched: it is not encrypted, or leads into the network of whoever runs this.
 * `origin` is the server's own, where everything may be. `from` is the address that redirected to it.
 */
export function refuseAddress(address: string, origin: string, from?: string): string | undefined {
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
  return isPrivate(url.hostname) ? "lies in a private network and is not fetched" : undefined;
}

// Literals only: what a name resolves to is not known here, and `https` with a valid certificate guards names.
function isPrivate(host: string): boolean {
  return (
    isLoopback(host) ||
    /^(0|10|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(host) ||
    // Loopback, unspecified, link-local, unique local and IPv4 in IPv6.
    /^\[(::|f[cd]|fe[89a-f]|64:ff9b:)/.test(host) ||
    /\.(local|internal|home\.arpa)$/.test(host)
  );
}
