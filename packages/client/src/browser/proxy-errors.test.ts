import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RetouchError } from "../errors/errors.ts";
import { formatMessage } from "../errors/format-message.ts";
import { sampleImage } from "../fixtures/images.ts";
import { createProxyClient } from "./create-proxy-client.ts";

/** Servers that respond where a page expects its proxy; the path is the status. */
const server = createServer((request, response) => {
  request.resume().on("end", () => {
    if (request.url === "/job") {
      response.writeHead(202, { "x-retouch-job": "j".repeat(43) }).end();
      return;
    }
    const status = Number(request.url?.slice(1, 4)) || 401;
    const isOwn = request.url?.endsWith("own") === true;
    const head = { "content-type": isOwn ? "application/json" : "text/html" };
    response.writeHead(status, isOwn ? { ...head, "x-retouch-outcome": "not-sent" } : head);
    response.end(isOwn ? JSON.stringify({ error: { code: "not_authorized", message: "No." } }) : "<p>Hi</p>");
  });
});
let origin: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function errorOf(url: string): Promise<RetouchError> {
  const client = createProxyClient({ url, maxRetries: 0 });
  const edited = client.edit({ model: "acme-9", image: sampleImage(), prompt: "x" });
  return edited.then(
    () => expect.fail("It was edited."),
    (error: RetouchError) => error,
  );
}

describe("the message of a page whose proxy is missing or refuses says what to do", () => {
  it.each([
    ["/404", "The proxy answered 404. Nothing was billed. No proxy handles `url`: serve"],
    ["/405", "The proxy answered 405. Nothing was billed. No proxy handles `url`: serve"],
    ["/401", "Something in front of the proxy at `url` refused the request, not its `authorize`"],
    ["/401own", "No. Nothing was billed. `authorize` of the proxy did not return `true`."],
    ["/502", "This is not a response of `createImageEditHandler`: check that its server runs, and `url`."],
    ["/200", "The response is an HTML or XML page, not JSON of the API: the URL may be another one."],
  ])("%s: %s", async (path, sentence) => {
    const { message } = await errorOf(origin + path);
    expect(message).toContain(sentence);
  });

  it("a job that something in front of the proxy refuses to look up may have been billed", async () => {
    expect(await errorOf(`${origin}/job`)).toMatchObject({ status: 401, outcome: "unknown" });
  });

  it("a server that cannot be reached", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const { message } = await errorOf(`http://127.0.0.1:${port}/api/image-edit`);
    expect(message).toMatch(/Check (?:that the server of `url` runs|`url` and that the server runs)\./);
  });

  it("and visitors, who cannot set options, see no names of code", async () => {
    const names = { field: (name: string) => name, api: () => undefined };
    for (const path of ["/404", "/401", "/401own", "/502"])
      expect(formatMessage(await errorOf(origin + path), names)).not.toContain("`");
  });
});
