import type { ImageEditHandlerOptions } from "../handler-options.ts";
import type { PageRequest } from "../page-request.ts";
import { ProxyError } from "../proxy-error.ts";

/**
 * Rejects requests for a host name that is not this server's. An untrusted site can point its own name to 127.0.0.1
 * (DNS rebinding): its posts then look like those of the server's own page in everything but the name.
 *
 * @throws ProxyError 403 for a name that is not in `allowedHosts`; without a list, for a foreign name on loopback if
 * everyone may send, unless the page came over https.
 */
export function checkHost(
  request: Pick<PageRequest, "url" | "headers" | "isLoopback">,
  { allowedHosts, authorize }: Pick<ImageEditHandlerOptions, "allowedHosts" | "authorize">,
): void {
  // With `authorize`, a cookie does not apply to an untrusted site's name. With https, that name would need a
  // certificate here: such a page came through a proxy that terminates TLS for its own name.
  const isSecure = /^https:/.test(request.headers.get("origin") ?? "");
  const isOpen = authorize === "public" && request.isLoopback === true && !isSecure;
  if (allowedHosts === undefined && !isOpen) return;
  const name = hostName(request);
  if (name !== undefined && (isUnregistrableHost(name) || allowedHosts?.includes(name))) return;
  throw new ProxyError(
    403,
    "host_not_allowed",
    "This server does not accept this host name. Use `localhost`, or add the name to `allowedHosts`.",
  );
}

function hostName(request: Pick<PageRequest, "url" | "headers">): string | undefined {
  try {
    const host = request.headers.get("host");
    return new URL(host === null ? request.url : `http://${host}`).hostname;
  } catch {
    // No host at all: not a foreign name, and not from a browser.
    return undefined;
  }
}

/** Returns whether the name cannot be registered: an IP address, `localhost`, or a name without a dot. */
function isUnregistrableHost(name: string): boolean {
  // A URL writes an IPv6 address without a dot.
  return /^([^.]+|.+\.localhost|\d+(\.\d+){3})$/.test(name);
}
