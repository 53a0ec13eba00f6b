import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { limitsOf } from "@retouch/client/models";
import type { MockServer } from "@retouch/mock/server";
import { type ReaderServer, readerServers } from "../../src/markdown/per-server.ts";
import { root } from "../../src/markdown/source-file.ts";

/** The mock as one of the servers of the pages. */
export interface Vendor extends ReaderServer {
  /** Its base URL on this machine. */
  readonly url: string;
  /** The models that it was asked for, and its status codes. */
  readonly seen: string[];
  close(): Promise<void>;
}

/** The default server's document lists its models; any other server has all that it did not end. */
const document = readFileSync(path.join(root, "spec/vendor/images-edits.yaml"), "utf8");

function serves({ name, baseUrl }: ReaderServer, model: string): boolean {
  if (name === readerServers[0]?.name) return document.includes(model);
  return !limitsOf(model).shutdowns.some(({ host }) => host === new URL(baseUrl).host);
}

/** Starts a server that forwards to the mock, and that does not have the models which its vendor has ended. */
export async function startVendor(vendor: ReaderServer, mock: MockServer): Promise<Vendor> {
  const seen: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const model = /name="model"\r\n\r\n(\S+)/.exec(body.toString("latin1"))?.[1] ?? "";
    if (!serves(vendor, model)) {
      seen.push(`${model} 404`);
      const error = { message: `The model \`${model}\` does not exist.`, code: "model_not_found" };
      response
        .writeHead(404, { "content-type": "application/json" })
        .end(JSON.stringify({ error: { ...error, type: "invalid_request_error", param: "model" } }));
      return;
    }
    const { "content-type": type = "", authorization = "" } = request.headers;
    const forwarded = await fetch(mock.url + request.url, {
      method: request.method ?? "POST",
      headers: { "content-type": type, authorization },
      body,
    });
    seen.push(`${model} ${forwarded.status}`);
    response
      .writeHead(forwarded.status, { "content-type": forwarded.headers.get("content-type") ?? "" })
      .end(Buffer.from(await forwarded.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...vendor,
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
