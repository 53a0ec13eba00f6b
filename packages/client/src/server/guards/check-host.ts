import type { ImageEditHandlerOptions } from "../handler-options.ts";
import { ProxyError } from "../proxy-error.ts";

/** Requests that came over a connection of this machine to itself, as far as {@link toNodeListener} saw them. */
const loopbackRequests = new WeakSet<Request>();

/** Notes that a request came from this machine. */
export function markLoopback(request: Request): void {
  loopbackRequests.add(request);
}

/**
 * Refuses what is addressed to a name that this server does not go by. A page of a stranger can let its own name point to
 * 127.0.0.1 (DNS rebinding): its posts look like those of the server's own page in all but the name.
 *
 * @throws Refusal 403 for a name that is not in `allowedHosts`; without a list, for a foreign name on loopback when
 * everybody may send, unless the page came over https.
 */
export function checkHost(
  request: Request,
  { allowedHosts, authorize }: Pick<ImageEditHandlerOptions, "allowedHosts" | "authorize">,
): void {
  // Whom `authorize` knows by a cookie it does not know under a stranger's name, and for https a stranger's name would
  // need a certificate here: such a page came through what ends TLS for its own name.
  const isSecure = /^https:/.test(request.headers.get("origin") ?? "");
  const isOpen = authorize === "public" && loopbackRequests.has(request) && !isSecure;
  if (allowedHosts === undefined && !isOpen) return;
  const name = hostName(request);
  if (name !== undefined && (isUnregistrableHost(name) || allowedHosts?.includes(name))) return;
  throw new ProxyError(
    403,
    "host_not_allowed",
    "This server does not answer to this name. Use `localhost`, or add the name to `allowedHosts`.",
  );
}

function hostName(request: Request): string | undefined {
  try {
    const host = request.headers.get("host");
    return new URL(host === null ? request.url : `http://${host}`).hostname;
  } catch {
    // No host at all: nobody's name, and no browser's either.
    return undefined;
  }
}

/** Tells whether no stranger can own this name: an address, `localhost`, or one without a dot, which the public DNS has none of. */
function isUnregistrableHost(name: string): boolean {
  return /^((.+\.)?localhost|[^.]+|\d+(\.\d+){3}|\[[\da-f:.]+\])$/.test(name);
}
