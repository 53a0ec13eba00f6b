import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMockServer } from "@retouch/mock/server";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expected } from "../../smoke/smoke.js";
import { cleanEnvironment, cliPath } from "../cli/support/run-cli.ts";
import { runProcess } from "../support/run-process.ts";
import { nodeBinary } from "./runtime-binaries.ts";

const script = fileURLToPath(new URL("../../smoke/run-node.js", import.meta.url));
let server: Awaited<ReturnType<typeof startMockServer>>;
let directory: string;
let image: string;

beforeAll(async () => {
  server = await startMockServer({ render: "drawn" });
  directory = await mkdtemp(join(tmpdir(), "retouch-smoke-"));
  image = join(directory, "image.png");
  await sharp({ create: { width: 96, height: 64, channels: 3, background: "#246" } })
    .png()
    .toFile(image);
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

describe.each([20, 22, 24, 26])("Node %i", (major) => {
  test.each(["@retouch/client", "@retouch/client/node"])("runs the built %s", async (entry) => {
    const ended = await runProcess(nodeBinary(major), [script, entry, server.url, image]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(ended.stdout)).toEqual(expected);
  });
});

// Newer versions run the CLI in all of its other tests.
test("Node 20 runs the built CLI: an edit, a batch, a mistyped flag", async () => {
  const cwd = await mkdtemp(join(directory, "cli-"));
  const env = cleanEnvironment(cwd);
  const run = (...argv: string[]) => runProcess(nodeBinary(20), [cliPath, ...argv], { cwd, env });
  const edit = ["edit", image, "-m", "gpt-image-1", "-p", "x", "--mock", "-o", "one.png", "--quiet"];
  expect(await run(...edit)).toEqual({ code: 0, stdout: `${join(cwd, "one.png")}\n`, stderr: "" });
  expect(await run("batch", "init", image, "-m", "gpt-image-1", "-p", "x")).toMatchObject({ code: 0 });
  expect(await run("batch", "run", "batch.jsonl", "--mock")).toMatchObject({ code: 0 });
  expect(await run(...edit, "--qualty", "low")).toMatchObject({ code: 2, stdout: "" });
});
