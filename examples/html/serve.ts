import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { createImageEditHandler, toNodeListener } from "@retouch/client/server";
import { startMockServer } from "@retouch/mock/server";

const here = dirname(fileURLToPath(import.meta.url));
const client = dirname(fileURLToPath(import.meta.resolve("@retouch/client")));
const openapiFetch = createRequire(`${client}/index.js`)
  .resolve("openapi-fetch")
  .replace(/\.cjs$/, ".mjs");

/** Serves the page, the built files that it imports, and the proxy. Without RETOUCH_API_KEY the proxy uses the mock. */
export async function serve({ port = 0 } = {}): Promise<{ url: string; close: () => Promise<void> }> {
  const { RETOUCH_API_KEY: apiKey, RETOUCH_BASE_URL } = process.env;
  const mock = apiKey ? undefined : await startMockServer({ latencyMs: 300 });
  const edit = toNodeListener(
    createImageEditHandler({
      apiKey: apiKey ?? "sk-mock",
      baseUrl: mock?.url ?? RETOUCH_BASE_URL,
      authorize: "public", // your own server checks the user
    }),
  );
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/api/image-edit") return edit(request, response);
    const path = fileOf(pathname);
    const bytes = path === undefined ? undefined : await readFile(path).catch(() => undefined);
    const type = path !== undefined && extname(path) === ".html" ? "text/html" : "text/javascript";
    response.writeHead(bytes === undefined ? 404 : 200, { "content-type": `${type}; charset=utf-8` });
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const { port: taken } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${taken}`,
    close: async () => {
      server.closeAllConnections();
      await Promise.all([new Promise((resolve) => server.close(resolve)), mock?.close()]);
    },
  };
}

function fileOf(pathname: string): string | undefined {
  if (pathname === "/") return join(here, "index.html");
  if (pathname === "/openapi-fetch.js") return openapiFetch;
  const inside = normalize(pathname.slice("/client/".length));
  if (!pathname.startsWith("/client/") || inside.startsWith("..")) return undefined;
  return join(client, inside);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve({ port: 5180 });
  console.log(url);
}
