import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".png": "image/png",
};

/** Serves directories under path prefixes, and a page at `/`, to a browser under test. */
export async function startStaticServer(
  directories: Readonly<Record<string, string>>,
  page = "<!doctype html><title>Retouch</title>",
): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    if (path === "/") {
      response.writeHead(200, { "content-type": types[".html"] }).end(page);
      return;
    }
    const prefix = Object.keys(directories).find((known) => path.startsWith(known));
    const file =
      prefix === undefined ? undefined : join(directories[prefix] ?? "", path.slice(prefix.length));
    const content = file === undefined ? undefined : await readFile(file).catch(() => undefined);
    if (content === undefined) response.writeHead(404).end();
    else
      response
        .writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" })
        .end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
