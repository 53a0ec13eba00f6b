import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** Serves a vendor's document, or anything else, on this machine until the test ends; returns the URL. */
export async function serveDocument(content: string | Uint8Array | RequestListener): Promise<string> {
  const listener: RequestListener =
    typeof content === "function" ? content : (_request, response) => void response.end(content);
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/spec`; // a TCP server has a port
}
