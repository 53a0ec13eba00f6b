import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMockServer } from "@retouch/mock/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expected } from "../smoke/smoke.js";
import { runtimeBinary } from "../src/runtimes/runtime-binaries.ts";
import { runProcess } from "../src/support/run-process.ts";
import { drawImage } from "../src/support/sample-images.ts";
import { startWorker } from "./start-worker.ts";

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

test("workerd runs the built @retouch/client", async () => {
  const worker = await startWorker();
  try {
    expect(await worker.run({ baseUrl: server.url, image: [...sample] })).toEqual(expected);
  } finally {
    await worker.close();
  }
});
