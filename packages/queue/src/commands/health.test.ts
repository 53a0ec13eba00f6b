import { describe, expect, it } from "vitest";
import { parseHealth, serveHealth } from "./health.ts";

describe(parseHealth, () => {
  it("listens on this machine only, unless a host is given", () => {
    expect(parseHealth(undefined)).toBeUndefined();
    expect(parseHealth("8080")).toEqual({ host: "127.0.0.1", port: 8080 });
    expect(parseHealth("0.0.0.0:80")).toEqual({ host: "0.0.0.0", port: 80 });
    expect(parseHealth("[::]:80")).toEqual({ host: "::", port: 80 });
  });

  it.each(["", "x", "80x", "99999", ":80", "a:b:80"])("rejects %j", (text) => {
    expect(() => parseHealth(text)).toThrow("Give a port, such as 8080");
  });
});

describe(serveHealth, () => {
  it("answers 200 while the worker takes rows, and 503 once it drains", async () => {
    const state = { isReady: true, running: 2, ended: 7 };
    const health = await serveHealth({ host: "127.0.0.1", port: 0 }, () => state);
    try {
      const ready = await fetch(health.url);
      expect(ready.status).toBe(200);
      expect(await ready.json()).toEqual({ ready: true, running: 2, ended: 7 });
      state.isReady = false;
      expect((await fetch(health.url)).status).toBe(503);
      expect((await fetch(health.url, { method: "POST" })).status).toBe(405);
      const port = Number(new URL(health.url).port);
      await expect(serveHealth({ host: "127.0.0.1", port }, () => state)).rejects.toMatchObject({
        exitCode: 2,
      });
    } finally {
      await health.close();
    }
  });
});
