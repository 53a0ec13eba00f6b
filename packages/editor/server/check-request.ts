import type { IncomingMessage } from "node:http";

/** Why a request is refused. */
export interface Refusal {
  readonly status: 400 | 403 | 405;
  readonly code: string;
  readonly message: string;
}

/** The head of a request, as its check sees it. */
export interface RequestHead {
  readonly method: string;
  /** The path without the query, exactly as it was sent: nothing is decoded or resolved. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** How often the request has `host`. */
  readonly hostCount: number;
}

/** Returns the head of a request, or undefined for a target that is not a path. */
export function readHead({
  method = "GET",
  url = "",
  headers,
  headersDistinct,
}: IncomingMessage): RequestHead | undefined {
  if (!url.startsWith("/")) return undefined; // `GET http://other/`, `OPTIONS *`
  const [path = "/", query = ""] = url.split(/\?(.*)/s);
  return {
    method,
    path,
    query: new URLSearchParams(query),
    headers,
    hostCount: headersDistinct["host"]?.length ?? 0,
  };
}

/**
 * Returns why a request cannot come from the page of this server, or undefined. An untrusted site can point its own name
 * at 127.0.0.1 (DNS rebinding), so only two names pass. Browsers send cookies to every port of a host, and take its ports
 * for one site, so an origin is compared with its port.
 */
export function refuseForeign(
  { method, path, headers, hostCount }: RequestHead,
  port: number,
): Refusal | undefined {
  const { host, origin, "sec-fetch-site": site } = headers;
  if (hostCount !== 1 || host === undefined || !ownHosts(port).includes(host.toLowerCase()))
    return refusal(
      "host_not_allowed",
      `This server is only at http://127.0.0.1:${port} and http://localhost:${port}.`,
    );
  if (origin !== undefined && origin !== `http://${host.toLowerCase()}`) return foreignOrigin;
  const changes = method !== "GET" && method !== "HEAD";
  // A browser that sends no `sec-fetch-site` sends the origin of what changes something.
  if (site === undefined) return changes && origin === undefined ? foreignOrigin : undefined;
  if (site === "same-origin") return undefined;
  // A person opened the page: `none`. Another site's link to it is answered by `refuseNavigation`.
  return !changes && isNavigation(headers) && !path.startsWith("/api/") ? undefined : foreignOrigin;
}

/** Returns whether a person navigates to the page from another site, or from another port. */
export function isForeignNavigation({ headers }: RequestHead): boolean {
  return /^(cross-site|same-site)$/.test(String(headers["sec-fetch-site"]));
}

/** Returns a refusal with the status 403. */
export function refusal(code: string, message: string): Refusal {
  return { status: 403, code, message };
}

const foreignOrigin = refusal("origin_not_allowed", "Pages of another origin may not use this server.");

/** Browsers leave out the port of http. */
function ownHosts(port: number): string[] {
  const names = ["127.0.0.1", "localhost"];
  return [...names.map((name) => `${name}:${port}`), ...(port === 80 ? names : [])];
}

/** Returns whether a browser opens a tab: a frame and an image have another destination. */
function isNavigation(headers: RequestHead["headers"]): boolean {
  return headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
}
