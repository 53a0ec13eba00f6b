import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { runCli } from "./run-cli.ts";
import { useWorkFolder } from "./work-folder.ts";

const folder = useWorkFolder();
const key = "sk-test-0123456789-WXYZ";

interface Finding {
  readonly check: string;
  readonly status: string;
  readonly seen: string;
}

async function doctor(
  env: Record<string, string>,
): Promise<{ code: number | null; find(check: string): Finding }> {
  const run = await runCli(["doctor", "--json"], { cwd: folder.path, env });
  const { findings } = JSON.parse(run.stdout) as { findings: Finding[] };
  expect(run.stdout + run.stderr).not.toContain(key.slice(0, -4));
  return {
    code: run.code,
    find: (check) =>
      findings.find((finding) => finding.check === check) ?? { check, status: "none", seen: "" },
  };
}

/** Keeps the lines of what it was asked, with the key where one came. */
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
  it("looks at everything, shows four characters of the key and sends nothing that costs", async () => {
    const server = await listen();
    const found = await doctor({ RETOUCH_API_KEY: key, RETOUCH_BASE_URL: server.url });
    server.close();
    expect(found.code).toBe(0);
    for (const check of ["node", "key", "dns", "clock", "proxy", "disk", "terminal"]) {
      expect(found.find(check).status, check).toBe("ok");
    }
    expect(found.find("key").seen).toBe("ends in WXYZ");
    expect(found.find("tls")).toMatchObject({
      status: "warning",
      seen: expect.stringContaining("plain http"),
    });
    expect(server.asked).toEqual(["HEAD no key"]);
  });

  it("sees a clock that is off", async () => {
    const server = await listen(new Date(Date.now() - 3_600_000).toUTCString());
    const found = await doctor({ RETOUCH_API_KEY: key, RETOUCH_BASE_URL: server.url });
    server.close();
    expect(found.code).toBe(1);
    expect(found.find("clock")).toMatchObject({ status: "problem", seen: expect.stringContaining("ahead") });
  });

  it("sees a missing key, a name without address, a proxy, and hides the proxy's password", async () => {
    const found = await doctor({
      RETOUCH_BASE_URL: "https://retouch.invalid",
      HTTPS_PROXY: "http://me:geheim@127.0.0.1:9",
    });
    expect(found.code).toBe(1);
    for (const check of ["key", "dns", "tls"]) expect(found.find(check).status, check).toBe("problem");
    expect(found.find("proxy")).toMatchObject({ status: "warning", seen: "HTTPS_PROXY names 127.0.0.1:9" });
  });

  it("sees a state folder that can not be written", async () => {
    const server = await listen();
    const found = await doctor({
      RETOUCH_API_KEY: key,
      RETOUCH_BASE_URL: server.url,
      RETOUCH_STATE_DIR: `${folder.path}/photo.png`,
    });
    server.close();
    expect(found.code).toBe(1);
    expect(found.find("disk").status).toBe("problem");
  });
});
