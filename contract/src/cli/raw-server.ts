import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that answers as a test says. */
export interface RawServer {
  readonly url: string;
  /** How many POSTs it has read to their end. */
  readonly posts: () => number;
  close(): Promise<void>;
}

/** Starts a server on a free port; `answer` is called once the whole request was read. */
export async function startRawServer(
  respond: (response: ServerResponse, post: number, request: IncomingMessage) => void,
): Promise<RawServer> {
  let posts = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      if (request.method === "POST") posts++;
      respond(response, posts, request);
    });
    request.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    posts: () => posts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Writes a JSON answer. */
export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
