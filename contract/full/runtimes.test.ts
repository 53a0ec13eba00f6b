import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMockServer } from "@retouch/mock/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../tools/free-port.ts";
import { expected } from "../smoke/smoke.js";
import { blocksOf } from "../src/docs/readme-blocks.ts";
import { runtimeBinary } from "../src/runtimes/runtime-binaries.ts";
import { runProcess } from "../src/support/run-process.ts";
import { drawImage } from "../src/support/sample-images.ts";
import { startWorker } from "./start-worker.ts";

const isWindows = process.platform === "win32";
const script = fileURLToPath(new URL("../smoke/run-node.js", import.meta.url));
const runs = {
  bun: ["run", script],
  deno: ["run", "--allow-all", "--node-modules-dir=manual", "--no-lock", script],
};
let server: Awaited<ReturnType<typeof startMockServer>>;
let directory: string;
let sample: Uint8Array;

beforeAll(async () => {
  server = await startMockServer();
  directory = await mkdtemp(join(tmpdir(), "retouch-smoke-"));
  sample = await drawImage("png", 96, 64);
  await writeFile(join(directory, "image.png"), sample);
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

describe.each(["bun", "deno"] as const)("%s", (name) => {
  test.each(["@retouch/client", "@retouch/client/node"])("runs the built %s", async (entry) => {
    const argv = [...runs[name], entry, server.url, join(directory, "image.png")];
    const ended = await runProcess(runtimeBinary(name), argv);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(ended.stdout)).toEqual(expected);
  });
});

describe("the proxy of the client's README", () => {
  const session = { cookie: "session=abc" };

  /** Returns a README's block in a file from where the packages are found. */
  async function saveBlock(mark: RegExp, file: string): Promise<string> {
    const found = blocksOf("packages/client/README.md").find(({ code }) => mark.test(code));
    const at = fileURLToPath(new URL(`../out/${file}`, import.meta.url));
    await mkdir(dirname(at), { recursive: true });
    await writeFile(at, found?.code ?? "");
    return at;
  }

  function form(): FormData {
    const body = new FormData();
    body.append("model", "gpt-image-1");
    body.append("prompt", "Make it dusk");
    body.append("image", new Blob([new Uint8Array(sample)], { type: "image/png" }), "photo.png");
    return body;
  }

  test.each([
    ["bun", /\bBun\.serve/, ["run"]],
    ["deno", /\bDeno\.serve/, ["run", "--allow-all", "--node-modules-dir=manual", "--no-lock"]],
  ] as const)("runs as pasted in %s", async (name, mark, argv) => {
    const file = await saveBlock(mark, `readme-${name}.mjs`);
    const port = await freePort();
    const env = {
      ...process.env,
      PORT: String(port),
      RETOUCH_API_KEY: "any-long-key",
      RETOUCH_BASE_URL: server.url,
    };
    const child = spawn(runtimeBinary(name), [...argv, file], {
      env,
      stdio: ["ignore", "ignore", "inherit"],
      // Deno is the child of a script, so that its group is stopped.
      detached: !isWindows,
    });
    const closed = once(child, "close");
    try {
      const url = `http://127.0.0.1:${port}/api/image-edit`;
      const post = (headers: HeadersInit) => fetch(url, { method: "POST", headers, body: form() });
      const isUp = () =>
        fetch(url).then(
          () => true,
          () => false,
        );
      await expect.poll(isUp, { timeout: 60_000 }).toBe(true);
      expect((await post({})).status).toBe(401);
      const response = await post(session);
      expect(await response.json()).toMatchObject({ data: [{ b64_json: expect.any(String) }] });
    } finally {
      if (isWindows || child.pid === undefined) child.kill();
      else process.kill(-child.pid, "SIGKILL");
      await closed;
      await rm(file);
    }
  });

  test("runs as pasted in workerd", async () => {
    const file = await saveBlock(/interface Env/, "readme-worker.ts");
    const worker = await startWorker(`export { default } from ${JSON.stringify(file)};`, {
      RETOUCH_API_KEY: "any-long-key",
      RETOUCH_BASE_URL: server.url,
    });
    try {
      const encoded = new Response(form());
      const body = new Uint8Array(await encoded.arrayBuffer());
      const type = { "content-type": encoded.headers.get("content-type") ?? "" };
      const post = (headers: Record<string, string>) =>
        worker.fetch("http://worker.example/api/image-edit", {
          method: "POST",
          headers: { ...type, ...headers },
          body,
        });
      expect((await post({})).status).toBe(401);
      const response = await post(session);
      expect([response.status, JSON.parse(await response.text())]).toMatchObject([200, { data: [{}] }]);
    } finally {
      await worker.close();
      await rm(file);
    }
  });
});

test("workerd runs the built @retouch/client", async () => {
  const worker = await startWorker();
  try {
    expect(await worker.run({ baseUrl: server.url, image: [...sample] })).toEqual(expected);
  } finally {
    await worker.close();
  }
});
