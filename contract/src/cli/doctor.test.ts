import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { closedHost } from "../support/closed-host.ts";
import { runCli } from "./support/run-cli.ts";
import { useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
const key = "sk-test-0123456789-WXYZ";

interface Finding {
  readonly check: string;
  readonly status: string;
  readonly seen: string;
}

async function doctor(
  env: Record<string, string>,
): Promise<{ code: number | null; find(check: string): Finding }> {
  const run = await runCli(["doctor", "--json"], { cwd: directory.path, env });
  const { findings } = JSON.parse(run.stdout) as { findings: Finding[] };
  expect(run.stdout + run.stderr).not.toContain(key.slice(0, -4));
  return {
    code: run.code,
    find: (check) =>
      findings.find((finding) => finding.check === check) ?? { check, status: "none", seen: "" },
  };
}

/** Records the request lines, with the key if one was sent. */
async function listen(date?: string): Promise<{ url: string; asked: string[]; close(): void }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.headers.authorization ?? "no key"}`);
    if (date !== undefined) response.setHeader("date", date);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked, close: () => server.close() };
}

describe("retouch doctor", () => {
  it("checks everything, shows four characters of the key and sends nothing billable", async () => {
    const server = await listen();
    const found = await doctor({ RETOUCH_API_KEY: key, RETOUCH_BASE_URL: server.url });
    server.close();
    expect(found.code).toBe(0);
    for (const check of ["node", "key", "dns", "server", "clock", "proxy", "disk", "terminal"]) {
      expect(found.find(check).status, check).toBe("ok");
    }
    expect(found.find("key").seen).toBe("ends in WXYZ");
    expect(found.find("tls")).toMatchObject({
      status: "warning",
      seen: expect.stringContaining("plain http"),
    });
    expect(server.asked).toEqual(["HEAD no key"]);
  });

  it("reports a wrong clock", async () => {
    const server = await listen(new Date(Date.now() - 3_600_000).toUTCString());
    const found = await doctor({ RETOUCH_API_KEY: key, RETOUCH_BASE_URL: server.url });
    server.close();
    expect(found.code).toBe(1);
    expect(found.find("clock")).toMatchObject({ status: "problem", seen: expect.stringContaining("ahead") });
  });

  it.each([
    [{ ALL_PROXY: "socks5://user:SECRET@127.0.0.1:1080" }, "`ALL_PROXY` is a SOCKS proxy"],
    [{ https_proxy: "http://user:SECRET@:1" }, "`https_proxy` is not a valid URL"],
  ])("reports a proxy that edits refuse: %o", async (proxy, seen) => {
    const env = { RETOUCH_API_KEY: key, RETOUCH_BASE_URL: "https://retouch.invalid", ...proxy };
    const found = await doctor(env);
    expect(found.code).toBe(1);
    expect(found.find("proxy")).toEqual({
      check: "proxy",
      status: "problem",
      seen: expect.stringContaining(seen),
    });
    const argv = ["edit", "photo.png", "-m", "acme-9", "-p", "dusk"];
    const edit = await runCli(argv, { cwd: directory.path, env });
    expect(edit).toMatchObject({ code: 2, stdout: "" });
    expect(edit.stderr).toContain(seen);
    expect(JSON.stringify(found.find("proxy")) + edit.stderr).not.toContain("SECRET");
    const recover = await runCli(["recover"], { cwd: directory.path, env });
    expect(recover).toMatchObject({ code: 0, stdout: "" });
  });

  it("reports a key of another vendor, which edits do not send to the default server", async () => {
    const env = { RETOUCH_API_KEY: `sk-proj-${key}`, HTTPS_PROXY: "http://127.0.0.1:9" };
    const found = await doctor(env);
    expect(found.code).toBe(1);
    expect(found.find("key")).toEqual({
      check: "key",
      status: "problem",
      seen: expect.stringContaining("--base-url https://api.openai.com"),
    });
    const elsewhere = await doctor({ ...env, RETOUCH_BASE_URL: "https://retouch.invalid" });
    expect(elsewhere.find("key").status).toBe("ok");
    const argv = ["edit", "photo.png", "-m", "gpt-image-1", "-p", "dusk"];
    const edit = await runCli(argv, { cwd: directory.path, env });
    expect(edit).toMatchObject({ code: 4, stdout: "" });
    expect(edit.stderr).toContain("--base-url https://api.openai.com");
  });

  it("reports a missing key, and a host name that does not resolve", async () => {
    const found = await doctor({ RETOUCH_BASE_URL: "https://retouch.invalid" });
    expect(found.code).toBe(1);
    for (const check of ["key", "dns", "tls", "server"]) {
      expect(found.find(check).status, check).toBe("problem");
    }
  });

  it("reports a server that does not respond, and blames nothing on the clock", async () => {
    const found = await doctor({ RETOUCH_API_KEY: key, RETOUCH_BASE_URL: `http://${closedHost}` });
    expect(found.code).toBe(1);
    expect(found.find("server")).toMatchObject({
      status: "problem",
      seen: `http://${closedHost} does not respond: ECONNREFUSED`,
    });
    expect(found.find("clock")).toMatchObject({
      status: "warning",
      seen: expect.stringContaining("not checked"),
    });
  });

  it("checks the connection to the proxy if edits use one, and hides its password", async () => {
    const server = await listen();
    const { host } = new URL(server.url);
    const env = { RETOUCH_API_KEY: key, RETOUCH_BASE_URL: "https://retouch.invalid" };
    const through = await doctor({ ...env, HTTPS_PROXY: `http://me:geheim@${host}` });
    server.close();
    expect(through.code).toBe(0);
    const seen = `edits go through ${host}; what is behind it is not checked`;
    expect(through.find("proxy")).toEqual({ check: "proxy", status: "ok", seen });
    const gone = await doctor({ ...env, HTTPS_PROXY: `http://me:geheim@${closedHost}` });
    expect(gone.find("proxy")).toMatchObject({
      status: "problem",
      seen: expect.stringContaining("does not respond: ECONNREFUSED"),
    });
    const direct = await doctor({ ...env, HTTPS_PROXY: host, NO_PROXY: "retouch.invalid" });
    expect(direct.find("proxy").seen).toBe("none");
    expect(direct.find("dns").status).toBe("problem");
  });

  it("reports a state directory that is not writable", async () => {
    const server = await listen();
    const found = await doctor({
      RETOUCH_API_KEY: key,
      RETOUCH_BASE_URL: server.url,
      RETOUCH_STATE_DIR: `${directory.path}/photo.png`,
    });
    server.close();
    expect(found.code).toBe(1);
    expect(found.find("disk").status).toBe("problem");
  });
});
