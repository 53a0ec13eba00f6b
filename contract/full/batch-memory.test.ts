import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cleanEnvironment, cliPath } from "../src/cli/support/run-cli.ts";
import { drawImage } from "../src/support/sample-images.ts";

const serverFile = fileURLToPath(new URL("batch-server.js", import.meta.url));
const reporterFile = fileURLToPath(new URL("report-peak.cjs", import.meta.url));
const rows = 10_000;
const inFlight = 256;
/** The usual value is about 250. A busy machine adds much less than a leak of one response in ten would. */
const limitMib = 300;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "retouch-memory-"));
  await writeFile(join(directory, "photo.png"), await drawImage("png", 96, 64));
  const lines = Array.from({ length: rows }, (_, at) =>
    JSON.stringify({ image: "photo.png", prompt: `number ${at}`, output: `out/${at}.png` }),
  );
  await writeFile(join(directory, "m.jsonl"), lines.join("\n"));
});
afterAll(() => rm(directory, { recursive: true }));

test(`a batch of ${rows} rows, ${inFlight} in flight, stays below ${limitMib} MiB with concurrent responses of 2 MiB`, async () => {
  const server = fork(serverFile);
  const [{ url }] = (await once(server, "message")) as [{ url: string }];
  const argv = ["batch", "run", "m.jsonl", "-m", "acme-9", "--concurrency", String(inFlight)];
  const child = spawn(process.execPath, ["--require", reporterFile, cliPath, ...argv], {
    cwd: directory,
    env: cleanEnvironment(directory, { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: url }),
    stdio: ["ignore", "pipe", "ignore", "pipe"],
  });
  // Pipes, as configured by `stdio`.
  const [, stdout, , report] = child.stdio as unknown as NodeJS.ReadableStream[];
  let written = 0;
  let peakKib = "";
  report?.on("data", (text: Buffer) => {
    peakKib += String(text);
  });
  const removed: Promise<void>[] = [];
  // Each image is deleted once it is reported: not every disk has twenty gigabytes of free space.
  if (stdout) {
    createInterface(stdout).on("line", (file) => {
      written++;
      removed.push(rm(file));
    });
  }
  const [code] = await once(child, "close");
  await Promise.all(removed);
  server.send("stop");
  const [{ posts }] = (await once(server, "message")) as [{ posts: number }];
  await once(server, "exit");
  expect({ code, written, posts }).toEqual({ code: 0, written: rows, posts: rows });
  expect(Number(peakKib) / 1024).toBeLessThan(limitMib);
});
