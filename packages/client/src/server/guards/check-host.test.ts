import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { createImageEditHandler } from "../create-image-edit-handler.ts";
import type { ImageEditHandlerOptions } from "../handler-options.ts";
import type { NodeRequest } from "../node-message.ts";
import { toNodeListener } from "../to-node-listener.ts";
import { checkHost } from "./check-host.ts";

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

const handlerWith = (options: Partial<ImageEditHandlerOptions>) =>
  createImageEditHandler({ apiKey: "any", baseUrl: "http://127.0.0.1:1", authorize: "public", ...options });

/** Posts to a server on loopback under a name, as a page of that name does, and returns the code of the rejection. */
async function codeOf(
  host: string,
  options: Partial<ImageEditHandlerOptions>,
  { origin = `http://${host}`, socket }: { origin?: string; socket?: NodeRequest["socket"] } = {},
): Promise<string> {
  const listener = toNodeListener(handlerWith(options));
  server = createServer((message, response) =>
    listener(
      {
        method: message.method,
        url: message.url,
        headers: message.headers,
        socket: socket ?? message.socket,
        [Symbol.asyncIterator]: () => message[Symbol.asyncIterator](),
      },
      response,
    ),
  );
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const headers = { host, origin };
  const sent = request({ host: "127.0.0.1", port, method: "POST", headers }).end();
  const [reply] = (await once(sent, "response")) as [IncomingMessage];
  return JSON.parse(await text(reply)).error.code;
}

const known = () => true;
/** The code of a request that passed: it is only rejected because it is not a form. */
const passed = "not_multipart";
const rejected = "host_not_allowed";

test.each<[string, string, string, Partial<ImageEditHandlerOptions>]>([
  ["rejects an untrusted site's name on loopback while everyone may send", "evil.example:5173", rejected, {}],
  ["rejects a name that begins like this machine's", "localhost.evil.example", rejected, {}],
  ["rejects a name that begins like an IP address", "127.0.0.1.evil.example", rejected, {}],
  ["accepts localhost", "localhost:5173", passed, {}],
  ["accepts a subdomain of localhost", "app.localhost:5173", passed, {}],
  ["accepts the name of a machine or service without a dot", "web:3000", passed, {}],
  ["accepts an IPv4 address", "127.0.0.1:5173", passed, {}],
  ["accepts an IPv4 address with longer parts", "10.20.30.140", passed, {}],
  ["accepts an IPv6 address", "[::1]:5173", passed, {}],
  ["accepts a longer IPv6 address", "[fe80::12:ab]", passed, {}],
  ["rejects a name that begins with an IP address and a dot", "1.2.3.4.example", rejected, {}],
  ["accepts any name if `authorize` is a function", "app.example.com", passed, { authorize: known }],
  ["accepts a name on the list", "app.example.com:8080", passed, { allowedHosts: ["app.example.com"] }],
  [
    "rejects a name that is not on the list, whatever authorize is",
    "evil.example",
    rejected,
    { allowedHosts: ["app.example.com"], authorize: known },
  ],
])("%s", async (_, host, code, options) => {
  expect(await codeOf(host, options)).toBe(code);
});

test.each<[string, string, string, readonly string[] | undefined, string?]>([
  ["accepts a page that came over https by its own name", "app.example.com", passed, undefined],
  ["rejects a page that came over https by another name", "evil.example", "origin_not_allowed", undefined],
  ["rejects a page whose scheme only ends with https", "app.example.com", rejected, undefined, "xhttps"],
  ["applies the list to a page that came over https", "app.example.com", rejected, ["b.example"]],
])("%s", async (_, host, code, allowedHosts, scheme = "https") => {
  expect(await codeOf(host, { allowedHosts }, { origin: `${scheme}://app.example.com` })).toBe(code);
});

test("says what to do with a name that it does not accept, and with none", () => {
  const rejectionOf = (host: string) => () =>
    checkHost(new Request("https://app.example.com/", { headers: { host } }), {
      allowedHosts: ["app.example.com"],
      authorize: "public",
    });
  expect(rejectionOf("app.example.com:81")).not.toThrow();
  for (const host of ["evil.example", "["])
    expect(rejectionOf(host)).toThrow(
      expect.objectContaining({
        status: 403,
        code: "host_not_allowed",
        message:
          "This server does not accept this host name. Use `localhost`, or add the name to `allowedHosts`.",
      }),
    );
});

test.each([
  ["::1", rejected],
  ["::ffff:127.0.0.1", rejected],
  ["127.8.0.1", rejected],
  ["192.168.1.2", passed],
  [undefined, passed],
])(
  "detects by the IP address %s whether a connection comes from this machine",
  async (localAddress, code) => {
    expect(await codeOf("app.example.com", {}, { socket: { localAddress } })).toBe(code);
  },
);

test("checks a web request against the list too, by its URL when it has no Host", async () => {
  const handler = handlerWith({ allowedHosts: ["app.example.com"] });
  const codeAt = async (url: string) =>
    (await (await handler(new Request(url, { method: "POST" }))).json()).error.code;
  expect(await codeAt("https://evil.example/api")).toBe(rejected);
  expect(await codeAt("https://app.example.com/api")).toBe(passed);
});
