import { isPrivateHost } from "./check-base-url.ts";

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
  return isPrivateHost(url.hostname) ? "lies in a private network and is not fetched" : undefined;
}
