/**
 * A proxy in its own process: `bare` streams requests and responses through `node:http` with a key, `retouch` is
 * `createImageEditHandler`. It sends its port, and its CPU time and peak memory whenever it gets a message.
 */
import { Agent, createServer, type RequestListener, request } from "node:http";
import type { AddressInfo } from "node:net";
import { createImageEditHandler, toNodeListener } from "@retouch/client/server";
import { peakMib } from "./peak-mib.ts";

const [kind, baseUrl = ""] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });

const bare: RequestListener = (incoming, response) => {
  const headers = { ...incoming.headers, host: new URL(baseUrl).host, authorization: "Bearer sk-bench" };
  const upstream = request(`${baseUrl}/v1/images/edits`, { method: "POST", headers, agent });
  upstream.on("response", (received) => {
    response.writeHead(received.statusCode ?? 502, received.headers);
    received.pipe(response);
  });
  incoming.pipe(upstream);
};
const listener =
  kind === "bare"
    ? bare
    : toNodeListener(
        createImageEditHandler({
          apiKey: "sk-bench-0123456789abcdef",
          baseUrl,
          authorize: "public",
          limits: { maxBodyBytes: 2 ** 28 },
        }),
      );
const server = createServer(listener).listen(0, "127.0.0.1", () =>
  process.send?.((server.address() as AddressInfo).port),
);
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1000, peakMib: peakMib() });
});
process.on("disconnect", () => process.exit(0));
