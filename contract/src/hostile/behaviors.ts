import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { type Behavior, type Exchange, pump } from "./hostile-server.ts";
import { base64, json, png } from "./results.ts";

// One table for every runner: a new behavior is one entry, and is tried by each client, the proxy and the CLI.

const escapes = "\u001b]0;owned\u0007\u001b[2J\r\u0008\u009b31m\u202egnp.exe\u2066";
const kilobyte = "x".repeat(1024);
const chunk = "A".repeat(65_536);
const blank = Buffer.alloc(60_000_000, " ");
const bomb = gzipSync(blank, { level: 1 });
const brotliBomb = brotliCompressSync(blank, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });

const sendError =
  (status: number, message: (exchange: Exchange) => string) =>
  (exchange: Exchange): void => {
    json(
      exchange,
      { error: { message: message(exchange), type: message(exchange), code: message(exchange) } },
      status,
    );
  };
const stream = ({ response }: Exchange): void =>
  void response.writeHead(200, { "content-type": "text/event-stream" });
const event = (fields: object): string => `data: ${JSON.stringify(fields)}\n\n`;
const never = (): void => undefined;
const head = "HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\n";

/** Responds with the URL of a result, which `serve` makes something of. */
const link = (serve: NonNullable<Behavior["serve"]>): Behavior => ({
  respond: (exchange) => json(exchange, { data: [{ url: `${exchange.url}/files/1.png` }] }),
  serve,
});

/** Servers that mean no good, or are broken beyond use. None of them gives an image that counts. */
export const hostile: Readonly<Record<string, Behavior>> = {
  // Endless
  "endless base64": {
    respond(exchange) {
      exchange.response
        .writeHead(200, { "content-type": "application/json" })
        .write('{"data":[{"b64_json":"');
      return pump(exchange, () => chunk);
    },
  },
  "endless whitespace": {
    respond(exchange) {
      exchange.response.writeHead(200, { "content-type": "application/json" });
      return pump(exchange, () => " ".repeat(65_536));
    },
  },
  "endless text": {
    respond(exchange) {
      exchange.response.writeHead(200, { "content-type": "application/json" }).write('{"data":"');
      return pump(exchange, () => "é".repeat(20_000));
    },
  },
  "endless empty events": {
    respond(exchange) {
      stream(exchange);
      return pump(exchange, () => `: ${kilobyte}\n\n:\n\n`.repeat(32));
    },
  },
  "endless events": {
    respond(exchange) {
      stream(exchange);
      return pump(exchange, (index) => event({ type: "progress", index, note: kilobyte }).repeat(64));
    },
  },
  "endless previews": {
    respond(exchange) {
      stream(exchange);
      return pump(exchange, (index) =>
        event({ type: "image_edit.partial_image", partial_image_index: index, b64_json: base64 }),
      );
    },
  },
  "an endless event": {
    respond(exchange) {
      stream(exchange);
      exchange.response.write("data: ");
      return pump(exchange, () => chunk);
    },
  },
  "endless deltas": {
    respond(exchange) {
      stream(exchange);
      return pump(exchange, () => event({ choices: [{ delta: { content: kilobyte } }] }).repeat(64));
    },
  },
  "an endless rejection": {
    respond(exchange) {
      exchange.response.writeHead(401, { "content-type": "application/json" }).write('{"error":{"message":"');
      return pump(exchange, () => chunk);
    },
  },
  "endless headers": {
    respond(exchange) {
      const { socket } = exchange.response;
      socket?.write(head);
      return pump(exchange, (index) => `x-${index}: ${kilobyte}\r\n`, socket ?? undefined);
    },
  },
  "an endless result": link((exchange) => {
    exchange.response.writeHead(200, { "content-type": "image/png" }).write(png);
    return pump(exchange, () => chunk);
  }),

  // Slow
  "no response": { isSilent: true, respond: never },
  "a silent body": {
    isSilent: true,
    respond: ({ response }) =>
      void response.writeHead(200, { "content-type": "application/json" }).write('{"data":['),
  },
  "a silent stream": {
    isSilent: true,
    respond(exchange) {
      stream(exchange);
      exchange.response.write(": wait\n\n");
    },
  },
  "a silent rejection": {
    isSilent: true,
    respond: ({ response }) => void response.writeHead(401, { "content-type": "text/plain" }).write("No"),
  },
  "a silent result": {
    isSilent: true,
    ...link(({ response }) => void response.writeHead(200).write(png.subarray(0, 30))),
  },

  // Lying
  "a cut body": {
    respond: ({ response }) =>
      void response.socket?.end(
        `${head}content-length: 90000\r\n\r\n{"data":[{"b64_json":"${base64.slice(0, 90)}`,
      ),
  },
  "a false coding": {
    respond: ({ response }) =>
      void response.writeHead(200, { "content-encoding": "gzip, br" }).end("neither gzip nor brotli"),
  },
  "a page as an image": {
    respond: ({ response }) =>
      void response.writeHead(200, { "content-type": "image/png" }).end("<html><body>Sign in</body></html>"),
  },
  "a page as a result": link(({ response }) => void response.end("<!doctype html><title>Sign in</title>")),
  "a success that failed": {
    respond: (exchange) => json(exchange, { error: { message: `No. ${escapes}`, code: "no" } }),
  },
  "an empty success": { respond: ({ response }) => void response.writeHead(204).end() },
  "text as base64": {
    respond: (exchange) =>
      json(exchange, {
        data: [{ b64_json: Buffer.from("<html>Sign in</html>".repeat(9)).toString("base64") }],
      }),
  },
  "no HTTP": { respond: ({ response }) => void response.socket?.end("SSH-2.0-OpenSSH\r\n") },

  // Bombs
  "a gzip bomb": {
    respond: ({ response }) =>
      void response
        .writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" })
        .end(bomb),
  },
  "a brotli bomb": {
    respond: ({ response }) =>
      void response
        .writeHead(200, { "content-type": "application/json", "content-encoding": "br" })
        .end(brotliBomb),
  },
  "a bomb as a rejection": {
    respond: ({ response }) => void response.writeHead(400, { "content-encoding": "gzip" }).end(bomb),
  },
  "a bomb as a result": link(
    ({ response }) => void response.writeHead(200, { "content-encoding": "gzip" }).end(bomb),
  ),
  "deep JSON": { respond: ({ response }) => void response.end(`${'{"data":'.repeat(200_000)}1`) },
  "a million values": {
    respond: ({ response }) => void response.end(`{"data":[${'{"url":1},'.repeat(100_000)}0]}`),
  },

  // Redirecting
  "redirects in a circle": {
    respond: ({ response, url }) => void response.writeHead(307, { location: `${url}/circle` }).end(),
    serve: ({ response, url }) => void response.writeHead(307, { location: `${url}/circle` }).end(),
  },
  "a redirect elsewhere": {
    respond: ({ response, key }) =>
      void response.writeHead(302, { location: `https://other.example/?key=${key}` }).end(),
  },
  "a result that redirects to itself": link(({ response, request }) => {
    response.writeHead(302, { location: request.url ?? "/" }).end();
  }),
  "a result in a private network": {
    respond: (exchange) => json(exchange, { data: [{ url: "https://169.254.169.254/latest/meta-data" }] }),
  },
  "a result that is a file": {
    respond: (exchange) => json(exchange, { data: [{ url: "file:///etc/passwd" }] }),
  },
  "a result with a password": {
    respond: (exchange) =>
      json(exchange, { data: [{ url: `https://user:${exchange.key}@127.0.0.1/1.png` }] }),
  },

  // Escaping
  "escapes in an error": { respond: sendError(400, () => `No ${escapes}`) },
  "escapes in an event": {
    respond(exchange) {
      stream(exchange);
      exchange.response.end(`event: error\n${event({ error: { message: escapes, code: escapes } })}`);
    },
  },
  "escapes in a URL": {
    respond: (exchange) => json(exchange, { data: [{ url: `https://127.0.0.1/${escapes}` }] }),
  },
  "escapes in names": {
    respond: (exchange) =>
      json(exchange, { [escapes]: { [`x${escapes}`]: "https://127.0.0.1/1.png", task_id: escapes } }),
  },

  // Polluting
  "a polluting body": {
    respond: ({ response }) =>
      void response.end(
        '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"data":[{"__proto__":{"polluted":1}}]}',
      ),
  },
  "a polluting error": {
    respond: ({ response }) =>
      void response
        .writeHead(400)
        .end('{"error":{"__proto__":{"polluted":1},"code":"__proto__","type":"constructor"}}'),
  },

  // Echoing the key
  "the key in an error": { respond: sendError(400, ({ key }) => `Bad key ${key} (${[...key].join(" ")})`) },
  "the key in a rejection": { respond: sendError(401, ({ key }) => `Bad key ${encodeURIComponent(key)}`) },
  "the key in headers": {
    respond: ({ response, key }) =>
      void response.writeHead(500, { "x-request-id": key, "retry-after": key, server: key }).end(key),
  },
  "the key in a refusal": {
    respond: (exchange) =>
      json(exchange, { choices: [{ message: { content: `No: ${exchange.key}`, refusal: exchange.key } }] }),
  },
  "the key in events": {
    respond(exchange) {
      stream(exchange);
      const parts = exchange.key.match(/.{1,7}/g) ?? [];
      exchange.response.write(parts.map((content) => event({ choices: [{ delta: { content } }] })).join(""));
      exchange.response.end(
        event({ type: "response.failed", response: { error: { message: exchange.key } } }),
      );
    },
  },
  "the key in a coding": {
    respond: ({ response, key }) =>
      void response.writeHead(400, { "content-encoding": "gzip" }).end(gzipSync(`{"error":"${key}"}`)),
  },

  // Early and late
  "an early rejection": {
    isEarly: true,
    respond: ({ response }) => void response.writeHead(413, { connection: "close" }).end("Too large"),
  },
  "an early, endless rejection": {
    isEarly: true,
    respond(exchange) {
      exchange.response.writeHead(413, { "content-type": "text/plain" });
      return pump(exchange, () => chunk);
    },
  },
  "an early reset": {
    isEarly: true,
    isIncomplete: true,
    respond: ({ response }) => void response.socket?.resetAndDestroy(),
  },
  "a late timeout": {
    respond: ({ response }) =>
      void response.writeHead(504, { "retry-after": "1e300", "retry-after-ms": "1e300" }).end(),
  },
  "a late busy": {
    respond: ({ response }) =>
      void response
        .writeHead(500, { "x-should-retry": "true", "retry-after": "0", "retry-after-ms": "-1e300" })
        .end(),
  },
};
