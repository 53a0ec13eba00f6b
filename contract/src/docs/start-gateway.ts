import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer, json } from "node:stream/consumers";
import { createImageEditHandler, toNodeListener } from "@retouch/client/server";

/**
 * Replaces the servers that README code expects: Azure's URLs with an `api-key`, xAI's JSON, and a page's own server with the proxy
 * at `/api/image-edit` and a page that runs a script.
 */
export async function startGateway(mockUrl: string, script: () => string) {
  const proxy = toNodeListener(
    createImageEditHandler({ apiKey: "any", baseUrl: mockUrl, authorize: "public" }),
  );
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/api/image-edit") return proxy(request, response);
    if (/^\/openai\/deployments\/[^/]+\/images\/edits$/.test(pathname)) {
      const isRight = searchParams.has("api-version") && request.headers["api-key"] === "azure-key";
      const upstream = await fetch(`${mockUrl}/v1/images/edits`, {
        method: "POST",
        headers: {
          "content-type": request.headers["content-type"] ?? "",
          authorization: isRight ? "Bearer any" : "",
        },
        body: await buffer(request),
      });
      const type = upstream.headers.get("content-type") ?? "";
      response.writeHead(upstream.status, { "content-type": type }).end(await upstream.text());
      return;
    }
    if (pathname === "/xai/v1/images/edits") {
      const { image, images, prompt } = (await json(request)) as Record<string, unknown>;
      const [first] = [image ?? images].flat() as { url?: string; type?: string }[];
      const isRight = prompt !== undefined && first?.type === "image_url";
      const data = [{ b64_json: first?.url?.replace(/^data:[^,]+,/, "") }];
      response.writeHead(isRight ? 200 : 400, { "content-type": "application/json" });
      response.end(JSON.stringify({ data }));
      return;
    }
    const isScript = pathname === "/block.js";
    response
      .writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" })
      .end(
        isScript
          ? script()
          : '<!doctype html><input type="file"><script type="module" src="/block.js"></script>',
      );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
