import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sendRaw, sendText } from "./fixtures/raw-request.ts";
import { pixel, startEditor, type TestEditor } from "./fixtures/start-editor.ts";
import { openImageFile } from "./image-files.ts";

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

describe("a request in an odd form", () => {
  it("a WebSocket that is reset does not end the process", async () => {
    const head = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    // An error that nothing listens for fails the run, as it would end the command.
    for (let count = 0; count < 30; count += 1) {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => undefined);
      await once(socket, "connect");
      await new Promise((resolve) => socket.write(head, resolve));
      const closed = once(socket, "close");
      socket.resetAndDestroy();
      await closed;
    }
    expect(await sendRaw(port, { headers: { cookie } })).toMatchObject({ status: 200 });
  });

  it("two browsers that open the link at the same time: one of them gets in", async () => {
    const fresh = await startEditor({ isOpened: false });
    try {
      const open = () => fetch(fresh.editor.link, { redirect: "manual" });
      const opened = await Promise.all([open(), open(), open()]);
      expect(opened.map(({ status }) => status).toSorted()).toEqual([303, 403, 403]);
      expect(opened.filter(({ headers }) => headers.has("set-cookie"))).toHaveLength(1);
    } finally {
      await fresh.close();
    }
  });

  it.each([
    [`GET http://127.0.0.1:1/api/session`, 400],
    ["GET *", 400],
    ["GET //attacker.example/", 404],
    ["GET //127.0.0.1/api/session", 404],
    ["GET /api%2fsession", 404],
    ["GET /api/image%2dedit", 404],
    ["GET /%00", 404],
    ["GET /api/session/..", 404],
    ["OPTIONS *", 400],
    ["OPTIONS /", 405],
    ["TRACE /", 405],
    ["TRACE /api/image-edit", 405],
  ])("%s is not an edit and not the session", async (line, status) => {
    const head = `${line} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\nOrigin: ${origin}`;
    const reply = await sendText(port, `${head}\r\nX-Echo: reflected\r\nConnection: close\r\n\r\n`);
    expect(reply).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(reply).not.toMatch(/initialImages|reflected|location:/i);
    expect(running.mock.requests).toEqual([]);
  });

  it("each of several pipelined requests is checked, and nothing of a body is taken for one", async () => {
    const head = (name: string, length: number, others = "") =>
      `POST ${name} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${length}\r\n${others}\r\n`;
    const own = `Cookie: ${cookie}\r\nOrigin: ${origin}\r\n`;
    const get = `GET /api/session HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
    const allowed = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\n\r\n`;
    const last = head("/", get.length, `${own}Connection: close\r\n`) + get;
    const reply = await sendText(port, allowed + get + last, { staysOpen: true });
    expect(reply.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 403", "HTTP/1.1 405"]);
    const both = head("/api/image-edit", 5, `${own}Transfer-Encoding: chunked\r\n`);
    expect(await sendText(port, `${both}0\r\n\r\n${get}`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(running.mock.requests).toEqual([]);
  });

  it("the cookies of other local servers do not lock the page out, and far too many are refused", async () => {
    const others = Array.from({ length: 10 }, (_, index) => `other${index}=${"x".repeat(4000)}`).join("; ");
    const ask = (cookies: string) => sendRaw(port, { path: "/api/session", headers: { cookie: cookies } });
    expect(await ask(`${others}; ${cookie}`)).toMatchObject({ status: 200 });
    expect(await ask(`${others}; ${others}; ${cookie}`)).toMatchObject({ status: 431 });
  });

  it("a form over the limit of the proxy is refused, and nothing of it is sent", async () => {
    const form = `Content-Type: multipart/form-data; boundary=x\r\nContent-Length: ${1024 ** 3}\r\nConnection: close`;
    const head = `POST /api/image-edit HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\nOrigin: ${origin}`;
    const reply = await sendText(port, `${head}\r\n${form}\r\n\r\n--x\r\n`, { staysOpen: true });
    expect(reply).toMatch(/^HTTP\/1\.1 413 [\s\S]*x-retouch-outcome: not-sent/);
    expect(running.mock.requests).toEqual([]);
  });
});

describe("an image of the command line", () => {
  const get = () => sendRaw(port, { path: "/api/images/0", headers: { cookie } });

  it("that has become something else, a link or nothing is never served as what it is", async () => {
    const { photo } = running;
    const page = "<!doctype html><script>alert(1)</script>";
    const secret = path.join(path.dirname(photo), "secret.txt");
    const changes = [
      () => writeFile(photo, page),
      () => writeFile(photo, `<svg xmlns="http://www.w3.org/2000/svg">${page}</svg>`),
      () => unlink(photo),
      () => symlink(secret, photo),
      async () => {
        await unlink(photo);
        if (process.platform !== "win32") execFileSync("mkfifo", [photo]);
      },
    ];
    await rename(photo, `${photo}.old`);
    for (const change of changes) {
      await change();
      const { status, headers, body } = await get();
      expect({ status, type: headers["content-type"] }).toEqual({ status: 404, type: "application/json" });
      expect(body).not.toMatch(/script|outside/);
    }
    await rm(photo, { force: true });
    await writeFile(photo, Buffer.from([0xff, 0xd8, 0xff, 0xe0]));
    expect(await get()).toMatchObject({ status: 200, headers: { "content-type": "image/jpeg" } });
    await rm(photo);
    await symlink(`${photo}.old`, photo);
    expect(await get()).toMatchObject({ status: 200, headers: { "content-type": "image/png" } });
  });

  it("is refused at the start if it is a page, a drawing, a pipe or a device", async () => {
    const directory = await mkdtemp(path.join(tmpdir(), "retouch-editor-"));
    try {
      const at = (name: string) => path.join(directory, name);
      await writeFile(at("page.png"), "<!doctype html>");
      await writeFile(at("drawing.png"), "<svg/>");
      await writeFile(at("good.png"), pixel);
      await symlink(at("good.png"), at("link.png"));
      for (const name of ["page.png", "drawing.png"])
        await expect(openImageFile(at(name))).rejects.toThrow("is not a PNG, JPEG or WebP image");
      expect(await openImageFile(at("link.png"))).toMatchObject({ name: "link.png" });
      if (process.platform === "win32") return;
      execFileSync("mkfifo", [at("pipe.png")]);
      for (const file of [at("pipe.png"), "/dev/zero"])
        await expect(openImageFile(file)).rejects.toThrow("is not a regular file");
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
