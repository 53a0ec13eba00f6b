import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runProcess } from "../src/support/run-process.ts";
import { drawImage } from "../src/support/sample-images.ts";

const serverFile = fileURLToPath(new URL("soak-server.js", import.meta.url));
const clientFile = fileURLToPath(new URL("soak-client.js", import.meta.url));
const edits = 2_000;
const seed = "20261123";

/** The required result of each fault. */
const endings: Readonly<Record<string, string>> = {
  ok: "result of bytes",
  "chat-completion": "result of bytes",
  "rate-limited x1, then ok": "result of bytes",
  "rate-limited": "HttpError rejected",
  quota: "HttpError rejected",
  moderation: "HttpError rejected",
  "server-error": "HttpError unknown",
  "html-524": "HttpError unknown",
  reset: "NetworkError unknown",
  truncated: "NetworkError unknown",
  "bad-base64": "InvalidResponseError unknown",
  empty: "InvalidResponseError unknown",
  "error-200": "InvalidResponseError unknown",
  "html-200": "InvalidResponseError unknown",
  "stream-cut": "NetworkError unknown",
};

interface Report {
  readonly ends: Readonly<Record<string, number>>;
  readonly requests: number;
  readonly retries: number;
  /** In bytes after a collection, at each quarter of the run. */
  readonly heap: readonly number[];
  readonly handles: readonly string[];
}

let directory: string;
let sample: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "retouch-soak-"));
  sample = join(directory, "image.png");
  await writeFile(sample, await drawImage("png", 96, 64));
});

afterAll(() => rm(directory, { recursive: true }));

test.each(["@retouch/client", "@retouch/client/node"])(
  `${edits} edits with random faults through %s leak nothing, and post no more than they may`,
  async (entry) => {
    const server = fork(serverFile, [sample], { execArgv: ["--expose-gc"] });
    const [{ url }] = (await once(server, "message")) as [{ url: string }];
    const argv = ["--expose-gc", clientFile, entry, url, String(edits), seed, sample];
    const ended = await runProcess(process.execPath, argv);
    server.send("stop");
    const [{ posts, heapBytes }] = (await once(server, "message")) as [{ posts: number; heapBytes: number }];
    await once(server, "exit");
    expect(ended).toMatchObject({ code: 0, stderr: "" });

    const report = JSON.parse(ended.stdout) as Report;
    const wrong = Object.keys(report.ends).filter((key) => {
      const [fault = "", end] = key.split(": ");
      return endings[fault] !== end;
    });
    expect(wrong).toEqual([]);
    const count = (fault: string) => report.ends[`${fault}: ${endings[fault]}`] ?? 0;
    expect(Object.values(report.ends).reduce((sum, one) => sum + one)).toBe(edits);
    for (const fault of Object.keys(endings)) expect(count(fault), fault).toBeGreaterThan(0);

    // Two more attempts if the server keeps refusing, one if it stops; no others.
    const retries = 2 * count("rate-limited") + count("rate-limited x1, then ok");
    expect(report.retries).toBe(retries);
    expect({ posts, requests: report.requests }).toEqual({
      posts: edits + retries,
      requests: edits + retries,
    });

    const [, second = 0, , last = 0] = report.heap;
    expect(last - second).toBeLessThan(2 * 1024 * 1024);
    expect(heapBytes).toBeLessThan(64 * 1024 * 1024);
    expect(report.handles).toEqual([]);
  },
);
