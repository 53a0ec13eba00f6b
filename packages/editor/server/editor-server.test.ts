import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendRaw } from "./fixtures/raw-request.ts";
import { pixel, postEdit, secretKey, startEditor, type TestEditor } from "./fixtures/start-editor.ts";

let running: TestEditor;
let port: number;
let origin: string;
beforeAll(async () => {
  running = await startEditor();
  ({ port } = running.editor);
  origin = `http://127.0.0.1:${port}`;
});
afterAll(() => running.close());

/** Asks as the page does. */
const get = (path: string) =>
  sendRaw(port, { path, headers: { cookie: running.cookie, "sec-fetch-site": "same-origin" } });

describe("the page", () => {
  it("is served to the browser that has opened the link, with its session and images", async () => {
    expect(await get("/")).toMatchObject({ status: 200, body: expect.stringContaining("<title>page") });
    expect(await get("/assets/page.js")).toMatchObject({
      status: 200,
      headers: { "content-type": "text/javascript; charset=utf-8" },
    });
    expect(JSON.parse((await get("/api/session")).body)).toEqual({
      start: expect.stringMatching(/^[\w-]{36}$/),
      mock: true,
      host: new URL(running.mock.url).host,
      model: "gpt-image-1",
      priceKnown: true,
      initialImages: [{ name: "photo.png", url: "/api/images/0" }],
    });
    const image = await fetch(`${origin}/api/images/0`, { headers: { cookie: running.cookie } });
    expect(image.headers.get("content-type")).toBe("image/png");
    expect(Buffer.from(await image.arrayBuffer())).toEqual(pixel);
  });

  it("runs only its own code, in no frame, and every response says so", async () => {
    for (const path of ["/", "/assets/page.js", "/api/session", "/api/images/0", "/api/images/1", "/none"]) {
      for (const headers of [{ cookie: running.cookie }, {}]) {
        const response = await sendRaw(port, { path, headers });
        expect(response.headers).toMatchObject({
          "content-security-policy": expect.stringMatching(
            /^default-src 'none'; script-src 'self'; .*base-uri 'none'.*frame-ancestors 'none'/,
          ),
          "cross-origin-resource-policy": "same-origin",
          "referrer-policy": "no-referrer",
          "x-content-type-options": "nosniff",
        });
        expect(Object.keys(response.headers).join()).not.toContain("access-control-");
      }
    }
  });

  it("edits through jobs, and no byte of the key reaches it", async () => {
    const accepted = await postEdit(port, { cookie: running.cookie, origin });
    expect(accepted.status).toBe(202);
    const result = await get(`/api/image-edit?job=${accepted.headers["x-retouch-job"]}`);
    expect(JSON.parse(result.body).data[0].b64_json).toMatch(/^iVBOR/);
    expect(running.mock.requests).toHaveLength(1);
    for (const { headers, body } of [accepted, result])
      expect(JSON.stringify(headers) + body).not.toContain(secretKey.slice(10, 20));
  });

  it("says once it stops that nothing was sent, and closes", async () => {
    const stopping = await startEditor();
    const { editor, mock, cookie } = stopping;
    editor.api.stop();
    const response = await postEdit(editor.port, { cookie, origin: `http://127.0.0.1:${editor.port}` });
    expect(response).toMatchObject({
      status: 503,
      headers: { "x-retouch-outcome": "not-sent" },
      body: expect.stringContaining("server_stopping"),
    });
    expect(mock.requests).toEqual([]);
    await stopping.close();
    await expect(sendRaw(editor.port)).rejects.toThrow("ECONNREFUSED");
  });
});

describe("the link", () => {
  it("is exchanged once, for a cookie that no script and no page of another site can use", async () => {
    const fresh = await startEditor({ isOpened: false });
    try {
      const { pathname, search, searchParams } = new URL(fresh.editor.link);
      expect(searchParams.get("token")).toMatch(/^[\w-]{43}$/); // 256 bits
      const ask = (path: string, options = {}) => sendRaw(fresh.editor.port, { path, ...options });
      for (const wrong of ["", "A".repeat(43), searchParams.get("token")?.toLowerCase()]) {
        const refused = await ask(`/?token=${wrong}`);
        expect(refused).toMatchObject({ status: 403 });
        expect(refused.headers).not.toHaveProperty("set-cookie");
      }
      // A program that looks at links before a person opens them does not use it up.
      expect(await ask(pathname + search, { method: "HEAD" })).toMatchObject({ status: 403 });
      const opened = await ask(pathname + search);
      expect(opened).toMatchObject({ status: 303, headers: { location: "/", "cache-control": "no-store" } });
      expect(opened.headers["set-cookie"]).toEqual([
        expect.stringMatching(/^retouch_editor_\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/),
      ]);
      const replayed = await ask(pathname + search);
      expect(replayed).toMatchObject({ status: 403, body: expect.stringContaining("used already") });
      expect(replayed.headers).not.toHaveProperty("set-cookie");
      const cookie = opened.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
      const again = await ask(pathname + search, { headers: { cookie } });
      expect(again).toMatchObject({ status: 303, headers: { location: "/" } });
    } finally {
      await fresh.close();
    }
  });
});
