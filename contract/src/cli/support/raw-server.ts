import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A server whose responses a test defines. */
export interface RawServer {
  readonly url: string;
  /** Returns the number of POSTs that were read completely. */
  readonly posts: () => number;
  close(): Promise<void>;
}

/** Starts a server on a free port; `respond` is called once the complete request was read. */
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

/** Writes a JSON response. */
export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
