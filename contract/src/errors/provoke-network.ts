import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { RetouchError } from "@retouch/client";
import { createImageClient, type NodeClientOptions } from "@retouch/client/node";
import { vi } from "vitest";
import { closedHost } from "../support/closed-host.ts";
import {
  always,
  clientOf,
  editAt,
  type Observation,
  observe,
  type Provocation,
  params,
  success,
  withServer,
} from "./observe.ts";
import { failedCheck } from "./provoke-proxy.ts";

/** Creates a client with options that it rejects. */
function create(code: string, options: NodeClientOptions): Provocation {
  return async () => [await observe(code, async () => createImageClient(options))];
}

/** Edits through a `fetch` that fails as the platform's does. */
async function failing(code: string, cause: string): Promise<Observation> {
  const fetch = async () => {
    throw Object.assign(new TypeError("fetch failed"), {
      cause: Object.assign(new Error(cause), { code: cause }),
    });
  };
  return observe(code, () => clientOf("https://a.example", { fetch }).edit(params));
}

/** Edits at a server of bare TCP, which does the same with every connection. */
async function atSocket(
  code: string,
  onConnect: (socket: Socket) => void,
  edit: (url: string) => Promise<unknown> = (url) => clientOf(url).edit(params),
): Promise<Observation> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    onConnect(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await observe(code, () => edit(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Cuts a connection once the form was received completely. */
function cutAfterForm(socket: Socket): void {
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    if (/--\r\n$/.test(received)) socket.destroy();
  });
}

/** Provocations of client options that cannot work, and of failed connections. */
export const network: Readonly<Record<string, Provocation>> = {
  error: async () =>
    (["not-sent", "unknown"] as const).map((outcome) => {
      const { code, outcome: seen } = new RetouchError("A test.", { outcome });
      return { code, outcome: seen };
    }),
  configuration: create("configuration", { apiKey: "key-0001", timeoutMs: 0 }),
  invalid_base_url: create("invalid_base_url", { apiKey: "key-0001", baseUrl: "a.example" }),
  missing_api_key: create("missing_api_key", {}),
  invalid_api_key: create("invalid_api_key", { apiKey: "a b" }),
  foreign_api_key: create("foreign_api_key", { apiKey: "sk-proj-0123456789" }),
  insecure_http: create("insecure_http", { apiKey: "key-0001", baseUrl: "http://a.example" }),
  short_api_key: async () => [
    await observe("short_api_key", () => clientOf("https://a.example", { apiKey: "k" }).edit(params)),
  ],
  api_key_failed: editAt("api_key_failed", always(success), undefined, {
    apiKey: () => Promise.reject(new Error("No.")),
  }),
  key_in_browser: async () => {
    vi.stubGlobal("document", {});
    try {
      return await create("key_in_browser", { apiKey: "key-0001" })();
    } finally {
      vi.unstubAllGlobals();
    }
  },
  invalid_input: async () => [
    await observe("invalid_input", () => clientOf("https://a.example").edit({ ...params, n: 99 })),
  ],
  output_not_writable: editAt("output_not_writable", always(success), (client) =>
    client.editToFiles(params, { directory: `${import.meta.filename}/out` }),
  ),
  connection_failed: async () => [
    await failing("connection_failed", "EHOSTUNREACH"),
    await observe("connection_failed", () =>
      clientOf(`http://127.0.0.1`, { proxy: false, fetch: () => Promise.reject(refusal()) }).edit(params),
    ),
  ],
  connection_refused: async () => [
    await observe("connection_refused", () => clientOf(`http://${closedHost}`).edit(params)),
  ],
  connection_reset: async () => [
    await atSocket("connection_reset", cutAfterForm),
    await atSocket(
      "connection_reset",
      (socket) => socket.once("data", () => socket.resetAndDestroy()),
      (url) =>
        clientOf(url).edit({ ...params, image: Buffer.concat([params.image, Buffer.alloc(20_000_000)]) }),
    ),
  ],
  connect_timeout: async () => [await failing("connect_timeout", "UND_ERR_CONNECT_TIMEOUT")],
  host_not_found: async () => [await failing("host_not_found", "ENOTFOUND")],
  tls_failed: async () => [await failing("tls_failed", "CERT_HAS_EXPIRED")],
  proxy_failed: async () => [
    await observe("proxy_failed", () =>
      clientOf("https://a.example", { proxy: `http://${closedHost}` }).edit(params),
    ),
    ...(await failedCheck()),
  ],
  redirected: editAt("redirected", always("", 302, { location: "https://a.example" }), undefined, {
    fetch: globalThis.fetch,
  }),
  headers_timeout: async () => [await failing("headers_timeout", "UND_ERR_HEADERS_TIMEOUT")],
  bad_response: async () => [
    await atSocket("bad_response", (socket) => socket.once("data", () => socket.end("no HTTP\r\n\r\n"))),
  ],
  timeout: async () => [
    await observe("timeout", () =>
      clientOf("https://a.example", {
        timeoutMs: 1,
        apiKey: () => new Promise<string>(() => undefined),
      }).edit(params),
    ),
    await withServer(
      () => undefined,
      async (url) => observe("timeout", () => clientOf(url, { timeoutMs: 1_500 }).edit(params)),
    ),
  ],
};

function refusal(): Error {
  const cause = Object.assign(new Error("connect EHOSTUNREACH"), {
    code: "EHOSTUNREACH",
    syscall: "connect",
  });
  return Object.assign(new TypeError("fetch failed"), { cause });
}
