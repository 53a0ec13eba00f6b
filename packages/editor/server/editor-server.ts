import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Access, createAccess } from "./access.ts";
import {
  isForeignNavigation,
  type Refusal,
  type RequestHead,
  readHead,
  refusal,
  refuseForeign,
} from "./check-request.ts";
import { type EditorApi, send, sendError } from "./editor-api.ts";
import { listPageFiles } from "./page-files.ts";

/** Options of {@link startEditorServer}. */
export interface EditorServerOptions {
  /** The directory of the built page. */
  readonly page: string;
  /** Creates what the page asks for. Only who passes `isSignedIn` may send. */
  createApi(isSignedIn: Access["isSignedIn"]): EditorApi;
  /** 0 takes any free port. */
  readonly port: number;
  /** An origin beside https ones that the page may load images from. */
  readonly imageOrigin?: string | undefined;
}

/** A running editor. */
export interface EditorServer {
  readonly port: number;
  readonly api: EditorApi;
  /** The link that opens the page, once. */
  readonly link: string;
  /** Closes it. Responses that have begun are sent, for a second at most. */
  close(): Promise<void>;
}

/** Serves the built page and its API on loopback, to the browser that opens its link. */
export async function startEditorServer({
  page,
  createApi,
  port,
  imageOrigin = "",
}: EditorServerOptions): Promise<EditorServer> {
  const files = await listPageFiles(page);
  if (!files.has("/")) throw new Error(`The page is missing in ${page}. Install the package again.`);
  // An edit may take longer to upload and to make than any default of Node allows.
  const server = createServer({
    requestTimeout: 0,
    // Node derives this one from `requestTimeout`: without it, a head that never ends keeps its connection forever.
    headersTimeout: 60_000,
    // Browsers send the cookies of every port of this host.
    maxHeaderSize: 65_536,
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // A host name could resolve to more than loopback.
    server.listen(port, "127.0.0.1", resolve);
  });
  const { port: ownPort } = server.address() as AddressInfo;
  const access = createAccess(ownPort);
  let api: EditorApi;
  try {
    api = createApi(access.isSignedIn);
  } catch (error) {
    server.close(); // the key cannot be used
    throw error;
  }
  const policy = contentSecurityPolicy(imageOrigin);

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    response.setHeader("content-security-policy", policy);
    const head = readHead(request);
    const refused = head === undefined ? notAPath : refuseForeign(head, ownPort);
    if (head === undefined || refused !== undefined) return refuse(head, refused ?? notAPath, response);
    const token = head.path === "/" && head.method === "GET" ? head.query.get("token") : null;
    const isSignedIn = access.isSignedIn(head.headers.cookie);
    // A link that was used may be opened again by the browser that has the cookie.
    if (token !== null && (isSignedIn || access.exchange(token))) return redirectToPage(response, isSignedIn);
    if (token !== null) return refuse(head, badLink, response);
    if (!isSignedIn || isForeignNavigation(head)) return refuse(head, notSignedIn, response);
    if (await api.handle(request, response)) return;
    const found = files.get(head.path);
    if (found === undefined) return sendError(response, 404, "not_found", "There is no such file.");
    if (head.method !== "GET" && head.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      return sendError(response, 405, "method_not_allowed", "Send a GET.");
    }
    send(response, found.mediaType, await readFile(found.file));
  };

  const redirectToPage = (response: ServerResponse, isSignedIn: boolean): void => {
    if (!isSignedIn) response.setHeader("set-cookie", access.cookie);
    response.writeHead(303, { location: "/", "cache-control": "no-store" }).end();
  };

  server.on("request", (request, response) => {
    // The page may have been removed since the start.
    serve(request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else sendError(response, 500, "internal", "The file cannot be read. Install the package again.");
    });
  });
  // There is no WebSocket here: without a listener, Node would serve the request as any other.
  server.on("upgrade", (_request, socket) => {
    // Node no longer listens for errors of this socket: unheard, a reset by any page would end the process and its edits.
    socket.on("error", () => socket.destroy());
    socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
  });

  return {
    port: ownPort,
    api,
    link: `http://127.0.0.1:${ownPort}/?token=${access.token}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 1_000).unref();
      }),
  };
}

const notAPath: Refusal = {
  status: 400,
  code: "invalid_request",
  message: "The target of a request is a path.",
};
const badLink = refusal(
  "link_not_valid",
  "This link was used already, or is not of this editor. Start it again for a new one.",
);
const notSignedIn = refusal("not_signed_in", "Open the link that `retouch-editor` has printed.");

const securityHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  // Other ports are the same site, so `same-site` would let their pages embed the images.
  "cross-origin-resource-policy": "same-origin",
  "x-frame-options": "DENY",
  "permissions-policy": "camera=(self), geolocation=(), microphone=()",
} as const;

/**
 * Only the page's own code runs. The hooks start their worker from a blob. Servers return images as https URLs of any
 * host, and the mock as those of its own.
 */
function contentSecurityPolicy(imageOrigin: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self' blob:",
    "style-src 'self'",
    "font-src 'self'",
    `img-src 'self' blob: data: https: ${imageOrigin}`.trim(),
    `connect-src 'self' blob: data: https: ${imageOrigin}`.trim(),
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Responds to the page's code with JSON, and to a person with a sentence. */
function refuse(
  head: RequestHead | undefined,
  { status, code, message }: Refusal,
  response: ServerResponse,
): void {
  // The rest of a form is dropped with its connection.
  if (head?.method !== "GET" && head?.method !== "HEAD") response.setHeader("connection", "close");
  if (head === undefined || head.path.startsWith("/api/")) {
    sendError(response, status, code, message);
    return;
  }
  response.statusCode = status;
  // A link on another site opens this page without its cookie, which a click here sends.
  const link = code === notSignedIn.code ? '<p><a href="/">If it was opened here before, go on</a></p>' : "";
  const text = `<!doctype html><meta charset="utf-8"><title>Retouch</title><p>${message}</p>${link}`;
  send(response, "text/html; charset=utf-8", text);
}
