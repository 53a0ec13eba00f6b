import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sendRaw, sendText } from "./fixtures/raw-request.ts";
import { pixel, postEdit, startEditor, type TestEditor } from "./fixtures/start-editor.ts";

// Every request has the cookie unless it says otherwise: a browser may be made to send it.

let running: TestEditor;
let port: number;
let origin: string;
let cookie: string;
beforeAll(async () => {
  running = await startEditor();
  cookie = running.cookie;
  ({ port } = running.editor);
  origin = `http://127.0.0.1:${port}`;
});
afterAll(() => running.close());
beforeEach(() => running.mock.reset());

const paths = [
  "/",
  "/assets/page.js",
  "/api/session",
  "/api/images/0",
  "/api/image-edit?job=0123456789abcdef",
];

/** Expects a request to be refused at every path, and as an edit that is never sent. */
async function expectRefused(headers: Readonly<Record<string, string>>): Promise<void> {
  for (const path of paths) {
    const { status, body } = await sendRaw(port, { path, headers });
    expect({ path, status }).toEqual({ path, status: 403 });
    expect(body).not.toMatch(/<title>page|export \{\}|initialImages|PNG/);
  }
  expect(await postEdit(port, headers)).toMatchObject({ status: 403 });
  expect(running.mock.requests).toEqual([]);
}

describe("DNS rebinding", () => {
  it.each([
    "attacker.example",
    "127.0.0.1",
    "localhost",
    "127.0.0.1.attacker.example",
    "[::1]",
    "0.0.0.0",
    "127.1",
  ])("the host %s is refused", async (name) => {
    for (const host of [name, `${name}:${port}`, `${name}:80`]) {
      if (host === `127.0.0.1:${port}` || host === `localhost:${port}`) continue;
      await expectRefused({ cookie, host, origin: `http://${host}`, "sec-fetch-site": "same-origin" });
    }
  });

  it("localhost with its port is the page's other name", async () => {
    const headers = { cookie, host: `LOCALHOST:${port}` };
    expect(await sendRaw(port, { headers })).toMatchObject({ status: 200 });
    // It is another origin: a page of one cannot be made to send to the other.
    expect(await postEdit(port, { ...headers, origin })).toMatchObject({ status: 403 });
  });

  it("a request without a host, or with two, is refused", async () => {
    const http10 = await sendText(port, `GET /api/session HTTP/1.0\r\nCookie: ${cookie}\r\n\r\n`);
    expect(http10).toMatch(/^HTTP\/1\.1 403 /);
    const http11 = await sendText(port, `GET /api/session HTTP/1.1\r\nCookie: ${cookie}\r\n\r\n`);
    expect(http11).toMatch(/^HTTP\/1\.1 400 /);
    const two = `Host: 127.0.0.1:${port}\r\nHost: attacker.example\r\n`;
    const twice = await sendText(port, `GET /api/session HTTP/1.0\r\n${two}Cookie: ${cookie}\r\n\r\n`);
    expect(twice).toMatch(/^HTTP\/1\.1 40[03] /);
    const target = `GET http://attacker.example/api/session HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`;
    const absolute = await sendText(port, `${target}Cookie: ${cookie}\r\nConnection: close\r\n\r\n`);
    expect(absolute).toMatch(/^HTTP\/1\.1 400 /);
    for (const text of [http10, http11, twice, absolute]) expect(text).not.toContain("initialImages");
  });
});

describe("a page of another site", () => {
  it.each([
    "https://attacker.example",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "http://localhost:3000",
    "null",
    "file://",
    "",
  ])("the origin %j is refused", async (foreign) => {
    await expectRefused({ cookie, origin: foreign });
    await expectRefused({ cookie, origin: foreign, "sec-fetch-site": "same-origin" });
  });

  it.each(["cross-site", "same-site", "none", "x"])("a request from %s is refused", async (site) => {
    const headers = { cookie, "sec-fetch-site": site };
    for (const path of paths.filter((one) => one !== "/" && one !== "/assets/page.js")) {
      const navigation = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
      expect(await sendRaw(port, { path, headers })).toMatchObject({ status: 403 });
      expect(await sendRaw(port, { path, headers: { ...headers, ...navigation } })).toMatchObject({
        status: 403,
      });
    }
    for (const dest of ["script", "image", "iframe", "embed", "object", "empty", "style"]) {
      for (const mode of ["no-cors", "cors", "navigate"]) {
        const embedded = { ...headers, "sec-fetch-mode": mode, "sec-fetch-dest": dest };
        expect(await sendRaw(port, { path: "/assets/page.js", headers: embedded })).toMatchObject({
          status: 403,
        });
      }
    }
    expect(await postEdit(port, headers)).toMatchObject({ status: 403 });
    expect(await postEdit(port, { ...headers, origin })).toMatchObject({ status: 403 });
    expect(running.mock.requests).toEqual([]);
  });

  it("a link to the page opens it only after a click on it, and one with the token opens it", async () => {
    const fresh = await startEditor({ isOpened: false });
    try {
      const headers = {
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
      };
      const foreign = await sendRaw(port, { headers: { ...headers, cookie } });
      expect(foreign).toMatchObject({ status: 403, body: expect.stringContaining('<a href="/">') });
      const framed = { ...headers, "sec-fetch-dest": "iframe" };
      const path = `/${new URL(fresh.editor.link).search}`;
      expect(await sendRaw(fresh.editor.port, { path, headers: framed })).toMatchObject({ status: 403 });
      expect(await sendRaw(fresh.editor.port, { path, headers })).toMatchObject({ status: 303 });
    } finally {
      await fresh.close();
    }
  });

  it("a post that says nothing of its page is refused, also with the cookie", async () => {
    expect(await postEdit(port, { cookie })).toMatchObject({ status: 403 });
    const canceled = { method: "DELETE", path: "/api/image-edit?job=0123456789abcdef", headers: { cookie } };
    expect(await sendRaw(port, canceled)).toMatchObject({ status: 403 });
    expect(running.mock.requests).toEqual([]);
  });

  it("a preflight gets no CORS header", async () => {
    const headers = { cookie, origin: "https://attacker.example", "access-control-request-method": "POST" };
    const response = await sendRaw(port, { method: "OPTIONS", path: "/api/image-edit", headers });
    expect(response.status).toBe(403);
    expect(Object.keys(response.headers).join()).not.toContain("access-control-");
  });
});

describe("another program on this machine", () => {
  it.each(["", "retouch_editor=x", "x=1"])("the cookie %j is refused", async (given) => {
    await expectRefused({ ...(given !== "" && { cookie: given }), origin, "sec-fetch-site": "same-origin" });
    await expectRefused({ cookie: cookie.replace(/.$/, (last) => (last === "A" ? "B" : "A")), origin });
    await expectRefused({ cookie: `x${cookie}`, origin });
  });

  it("a cookie of the same name from another port does not hide the session", async () => {
    const tossed = `${cookie.split("=")[0]}=attacker; ${cookie}`;
    expect(await sendRaw(port, { path: "/api/session", headers: { cookie: tossed } })).toMatchObject({
      status: 200,
    });
  });

  it.each([
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/..\\secret.txt",
    "//secret.txt",
    "/assets/",
    "/assets",
    "/index.html/",
    "/api/images/../../secret.txt",
    "/api/images/-1",
    "/api/images/00",
    "/__proto__",
    "/constructor",
  ])("the path %s does not exist", async (path) => {
    const response = await sendRaw(port, { path, headers: { cookie } });
    expect(response.status).toBe(404);
    expect(response.body).not.toContain("outside");
  });

  it("a post with another content type is refused before it is read", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json", ""]) {
      const headers = { cookie, origin, ...(type !== "" && { "content-type": type }) };
      const response = await sendRaw(port, { method: "POST", path: "/api/image-edit", headers, body: pixel });
      expect(response.status).toBe(415);
    }
    expect(running.mock.requests).toEqual([]);
  });

  it("a method that the path does not have is refused", async () => {
    for (const path of ["/", "/api/session", "/api/images/0"]) {
      const response = await sendRaw(port, { method: "PUT", path, headers: { cookie, origin }, body: "x" });
      expect(response).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
    }
  });

  it("a WebSocket is refused", async () => {
    const key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13";
    const head = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\nOrigin: ${origin}`;
    const reply = await sendText(
      port,
      `${head}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n\r\n`,
    );
    expect(reply).toMatch(/^HTTP\/1\.1 400 /);
    expect(await sendText(port, `CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)).toBe("");
  });

  it("nothing listens beyond loopback", async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4");
    for (const { address } of others)
      await expect(sendRaw(port, { host: address, headers: { cookie } })).rejects.toThrow("ECONNREFUSED");
    await expect(sendRaw(port, { host: "::1", headers: { cookie } })).rejects.toThrow(
      /ECONNREFUSED|EADDRNOTAVAIL/,
    );
  });
});
