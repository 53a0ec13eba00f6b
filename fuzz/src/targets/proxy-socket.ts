// Over 220 lines: one grammar of raw requests, and the server that must refuse them.
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { exampleModel } from "../../../packages/client/src/generated/example-model.gen.ts";
import { createImageEditHandler } from "../../../packages/client/src/server/create-image-edit-handler.ts";
import { toNodeListener } from "../../../packages/client/src/server/to-node-listener.ts";
import { createMultipartParser } from "../../../packages/mock/src/request/parse-multipart.ts";
import { check, type Target } from "../engine/target.ts";
import { pixel } from "../fixtures/images.ts";
import { checkNoKey, key } from "../oracles/secrets.ts";

const png = Buffer.from(pixel, "base64").toString("latin1");
const part = (parameters: string, content: string) =>
  `--b\r\nContent-Disposition: form-data; ${parameters}\r\n\r\n${content}\r\n`;

function request(parts: string, headers = "", line = "POST /api/edit HTTP/1.1"): Buffer {
  const body = `${parts}--b--\r\n`;
  return Buffer.from(
    `${line}\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}`,
    "latin1",
  );
}

const valid =
  part('name="model"', exampleModel) +
  part('name="prompt"', "a hat") +
  part('name="image"; filename="a.png"', png);
const allowedFields = new Set([
  "model",
  "prompt",
  "image",
  "image[]",
  "mask",
  "size",
  "n",
  "quality",
  "user",
  "output_format",
  "output_compression",
  "background",
  "stream",
  "partial_images",
  "input_fidelity",
]);

type Head = [status: number, headers: Record<string, string>];
/** What upstream responds to a prompt with `respond-` and a name. */
const responses: Readonly<Record<string, { readonly head: Head; readonly body: string } | undefined>> = {
  "429": {
    head: [429, { "content-type": "application/json", "retry-after": "3" }],
    body: JSON.stringify({ error: { message: `slow down ${key}`, code: "rate_limit_exceeded" } }),
  },
  "500": { head: [500, { "x-request-id": key }], body: `${key} at 10.0.0.1:80` },
  "302": { head: [302, { location: `http://10.0.0.1/?key=${key}` }], body: "" },
  html: { head: [200, { "content-type": "text/html" }], body: `<html>${key}</html>` },
  events: {
    head: [200, { "content-type": "text/event-stream" }],
    body: `event: error\ndata: {"error":"${key}"}\n\n`,
  },
  empty: { head: [200, { "content-type": "application/json" }], body: "" },
};

interface Running {
  readonly proxy: Server;
  readonly upstream: Server;
  readonly port: number;
  readonly seen: { readonly headers: IncomingMessage["headers"]; readonly body: Buffer }[];
}
let running: Running | undefined;

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port; // listening on a port, not on a path
}

async function start(): Promise<Running> {
  const seen: Running["seen"] = [];
  const upstream = createServer(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    seen.push({ headers: message.headers, body });
    const asked = /respond-(\d{3}|\w+)/.exec(body.toString("latin1"))?.[1];
    const answer = asked === undefined ? undefined : responses[asked];
    if (answer) {
      response.writeHead(...answer.head);
      response.end(answer.body);
      return;
    }
    response.writeHead(200, { "content-type": "application/json", "x-request-id": `req_${key}` });
    response.end(JSON.stringify({ data: [{ b64_json: pixel }], note: message.headers.authorization }));
  });
  const port = await listen(upstream);
  const handler = createImageEditHandler({
    apiKey: key,
    authorize: "public",
    baseUrl: `http://127.0.0.1:${port}/v1`,
    allow: { models: [exampleModel] },
    force: { user: "page", n: 1 },
    limits: { maxBodyBytes: 65_536 },
  });
  const common = { apiKey: () => key, baseUrl: `http://127.0.0.1:${port}/v1` };
  let count = 0;
  const guarded = createImageEditHandler({
    ...common,
    authorize: (one) => one.headers.get("authorization") === "Bearer page",
    rateLimit: () => {
      count += 1;
      return { allowed: count % 4 > 0, retryAfterMs: 1500 };
    },
    allow: { models: [exampleModel], sizes: ["1024x1024"] },
    allowedOrigins: ["https://page.test"],
    allowedHosts: ["page.test"],
    force: { user: "page", n: 1 },
    limits: { maxN: 1, maxImages: 1, maxPromptLength: 40 },
  });
  const [open, closed] = [handler, guarded].map(toNodeListener);
  const proxy = createServer(
    { requestTimeout: 2000, headersTimeout: 2000, keepAliveTimeout: 1 },
    (message, response) => void (message.url?.startsWith("/guarded") ? closed : open)?.(message, response),
  );
  // The end of what a client sends is not the end of its connection: Node's default would abort the request.
  Object.assign(proxy, { httpAllowHalfOpen: true });
  return { proxy, upstream, port: await listen(proxy), seen };
}

/** Sends bytes, ends the connection's sending side, and returns everything that comes back. */
function exchange(port: number, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => socket.end(bytes));
    socket.on("data", (chunk) => chunks.push(chunk));
    // A server may cut a connection that breaks HTTP.
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
  });
}

export const target: Target = {
  name: "proxy-socket",
  covers: [
    "packages/client/src/server/create-image-edit-handler.ts",
    "packages/client/src/server/to-node-listener.ts",
    "packages/client/src/server/proxy-error.ts",
    "packages/client/src/server/request-context.ts",
    "packages/client/src/server/guards/",
    "packages/client/src/server/request/",
    "packages/client/src/server/response/forward-response.ts",
    "packages/client/src/server/response/forward-body.ts",
  ],
  seeds: [
    request(valid),
    request(
      valid + part('name="size"', "1024x1024") + part('name="stream"', "true"),
      "Origin: http://127.0.0.1\r\nSec-Fetch-Site: same-origin\r\nX-Retouch-Attempt: 0123456789abcdef\r\nIdempotency-Key: k\r\n",
    ),
    request(valid, "Origin: http://evil.test\r\n"),
    request(part('name="model"', "dall-e-2") + valid),
    request(valid + part('name="n"', "9") + part('name="user"', "other")),
    Buffer.from(
      "OPTIONS /api/edit HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\nAccess-Control-Request-Method: POST\r\n\r\n",
    ),
    ...Object.keys(responses).map((name) => request(valid.replace("a hat", `respond-${name}`))),
    request(
      valid + part('name="size"', "1024x1024"),
      "Authorization: Bearer page\r\nOrigin: https://page.test\r\n",
      "POST /guarded HTTP/1.1",
    ),
    request(valid, "Authorization: Bearer page\r\n", "POST /guarded HTTP/1.1"),
    request(valid, "", "POST /guarded HTTP/1.1"),
    request(
      valid.replace("a hat", "a".repeat(50)) + part('name="size"', "1024x1024"),
      "Authorization: Bearer page\r\n",
      "POST /guarded HTTP/1.1",
    ),
    Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    Buffer.from(
      `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n${(valid.length + 7).toString(16)}\r\n${valid}--b--\r\n\r\n0\r\n\r\n`,
      "latin1",
    ),
  ],
  dictionary: [
    "POST ",
    "/guarded",
    "respond-500",
    "respond-html",
    "Authorization: Bearer page\r\n",
    "https://page.test",
    "PUT ",
    "TRACE ",
    " HTTP/1.1\r\n",
    "\r\n\r\n",
    "Content-Length: ",
    "Transfer-Encoding: chunked\r\n",
    "Expect: 100-continue\r\n",
    "Host: ",
    "Origin: ",
    "null",
    "Sec-Fetch-Site: cross-site\r\n",
    "X-Retouch-Attempt: ",
    "Content-Encoding: gzip\r\n",
    "multipart/form-data",
    "boundary=",
    "--b\r\n",
    "--b--\r\n",
    'name="model"',
    'name="user"',
    exampleModel,
    "dall-e-3",
    "http://",
    "//",
    "?",
    "[::1]",
    ":",
  ],
  maxBytes: 8192,
  // Servers, sockets and streams are not counted: only our own code is.
  maxSteps: { fixed: 20_000, perByte: 200 },
  async run(input) {
    running ??= await start();
    const { seen, port } = running;
    seen.length = 0;
    const text = await exchange(port, input);
    checkNoKey(text, "a response of the proxy");
    const requests =
      Buffer.from(input)
        .toString("latin1")
        .match(/HTTP\/1\.[01]\r?\n/g)?.length ?? 0;
    check(
      seen.length <= requests,
      "one request is forwarded once at most",
      () => `${seen.length} for ${requests}`,
    );
    for (const { headers, body } of seen) {
      check(headers.authorization === `Bearer ${key}`, "upstream has the key of the server");
      const boundary = /boundary=(.+)$/.exec(headers["content-type"] ?? "")?.[1] ?? "";
      const parser = createMultipartParser(boundary);
      parser.push(new Uint8Array(body));
      const parts = parser.end();
      const texts = (name: string) =>
        parts.filter((one) => one.name === name).map(({ bytes }) => Buffer.from(bytes).toString());
      check(texts("model").join() === exampleModel, "only the allowed model is forwarded", () =>
        texts("model").join(),
      );
      check(texts("user").join() === "page" && texts("n").join() === "1", "forced fields are forwarded", () =>
        JSON.stringify([texts("user"), texts("n")]),
      );
      for (const { name } of parts)
        check(allowedFields.has(name), "only fields of the spec are forwarded", () => name);
    }
  },
  async close() {
    running?.proxy.closeAllConnections();
    running?.upstream.closeAllConnections();
    running?.proxy.close();
    running?.upstream.close();
    running = undefined;
  },
};
