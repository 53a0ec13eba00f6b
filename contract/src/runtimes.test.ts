import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMockServer } from "@retouch/mock/server";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expected } from "../smoke/smoke.js";
import { runProcess } from "./run-process.ts";
import { nodeBinary } from "./runtime-binaries.ts";

const script = fileURLToPath(new URL("../smoke/run-node.js", import.meta.url));
let server: Awaited<ReturnType<typeof startMockServer>>;
let folder: string;
let picture: string;

beforeAll(async () => {
  server = await startMockServer();
  folder = await mkdtemp(join(tmpdir(), "retouch-smoke-"));
  picture = join(folder, "picture.png");
  await sharp({ create: { width: 96, height: 64, channels: 3, background: "#246" } })
    .png()
    .toFile(picture);
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

describe.each([20, 22, 24, 26])("Node %i", (major) => {
  test.each(["@retouch/client", "@retouch/client/node"])("runs the built %s", async (entry) => {
    const ended = await runProcess(nodeBinary(major), [script, entry, server.url, picture]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(ended.stdout)).toEqual(expected);
  });
});
