import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { closedHost } from "../support/closed-host.ts";
import { runProcess } from "../support/run-process.ts";
import { type JournalLine, journalOf, outputsOf, runBatch, writeManifest } from "./support/batch-manifest.ts";
import { childSays } from "./support/child-says.ts";
import { type RawServer, sendJson, startRawServer } from "./support/raw-server.ts";
import { cleanEnvironment, cliPath, hasSignals } from "./support/run-cli.ts";
import { canMount, fillDisk, mountSmallDisk } from "./support/small-disk.ts";
import { noiseBase64, pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
let raw: RawServer | undefined;
afterEach(async () => {
  await raw?.close();
  raw = undefined;
});

async function goodServer(
  beforeResponse: (post: number) => void | Promise<void> = () => undefined,
): Promise<RawServer> {
  const b64 = await pngBase64();
  raw = await startRawServer(async (response, post) => {
    await beforeResponse(post);
    sendJson(response, { created: 1, data: [{ b64_json: b64 }] });
  });
  return raw;
}
const run = (...argv: string[]) => runBatch(directory.path, raw?.url ?? "", argv);
const timesOf = (lines: readonly JournalLine[], kind: string) =>
  lines.filter(({ type }) => type === kind).map(({ at }) => Date.parse(at));
const withTestClock = {
  NODE_OPTIONS: `--require=${JSON.stringify(fileURLToPath(new URL("support/test-clock.cjs", import.meta.url)))}`,
};
const names = (count: number) => Array.from({ length: count }, (_, at) => `${at}.png`);

describe("a batch that a signal stops", () => {
  it.runIf(hasSignals)("waits for edits in flight on SIGTERM, exits with 143 and resumes later", async () => {
    // The server does not respond until the run has received the signal; otherwise their order would be random.
    let stop: () => Promise<void> = async () => undefined;
    const server = await goodServer(() => stop());
    await writeManifest(directory.path, 6);
    const stopped = await runBatch(directory.path, server.url, ["--concurrency", "2", "--rate", "4/s"], {
      during(child) {
        let stopping: Promise<void> | undefined;
        stop = () => {
          if (stopping === undefined) {
            stopping = childSays(child, "Stopping");
            child.kill("SIGTERM");
          }
          return stopping;
        };
      },
    });
    expect(stopped.code).toBe(143);
    const sent = server.posts();
    expect(sent).toBeLessThan(6);
    expect(await outputsOf(directory.path)).toHaveLength(sent);
    stop = async () => undefined;
    expect((await run()).code).toBe(0);
    expect(server.posts()).toBe(6);
    expect(await outputsOf(directory.path)).toEqual(names(6));
  });

  it.runIf(hasSignals)("aborts on a second signal, and counts edits in flight as unknown", async () => {
    let stop: () => Promise<void> = async () => undefined;
    raw = await startRawServer(() => void stop());
    await writeManifest(directory.path, 1);
    const stopped = await runBatch(directory.path, raw.url, ["--concurrency", "1"], {
      during(child) {
        stop = async () => {
          const stopping = childSays(child, "Stopping");
          child.kill("SIGTERM");
          await stopping;
          child.kill("SIGTERM");
        };
      },
    });
    expect(stopped.code).toBe(143);
    expect((await run()).code).toBe(8);
    expect(raw.posts()).toBe(1);
  });
});

describe("a full disk", () => {
  it.runIf(canMount)(
    "loses no billed image on a full disk, stops the run, and finishes without a POST once there is free space",
    async () => {
      const out = path.join(directory.path, "out");
      const big = await noiseBase64(300);
      let onPost = () => fillDisk(out, 64);
      raw = await startRawServer((response) => {
        // The disk fills up while the edit is in flight: too little is left for an image.
        onPost();
        sendJson(response, { created: 1, data: [{ b64_json: big }] });
      });
      await writeManifest(directory.path, 4);
      const disk = await mountSmallDisk(out, 64);
      try {
        const stopped = await run("--concurrency", "1", "--json");
        expect(stopped.code).toBe(11);
        expect(stopped.stderr).toContain("ENOSPC");
        const [event, done] = stopped.stdout.split("\n").map((line) => JSON.parse(line || "null") as unknown);
        expect(event).toMatchObject({ event: "unwritten", error: { outcome: "billed", exitCode: 11 } });
        expect(done).toMatchObject({ event: "done", unwritten: 1, unknown: 0, waiting: 3, exitCode: 11 });
        expect(raw.posts()).toBe(1);
        expect(await outputsOf(directory.path)).toEqual(["ballast"]);
        // Nothing new is sent as long as billed images cannot be written.
        onPost = () => undefined;
        expect((await run("--concurrency", "1")).code).toBe(11);
        expect(raw.posts()).toBe(1);
        await rm(path.join(out, "ballast"));
        expect((await run("--concurrency", "1")).code).toBe(0);
        expect(raw.posts()).toBe(4);
        expect(await outputsOf(directory.path)).toEqual(names(4));
      } finally {
        disk.unmount();
      }
    },
  );

  it.runIf(canMount)("detects a full disk under the outputs before anything is sent", async () => {
    const server = await goodServer();
    await writeManifest(directory.path, 2);
    const disk = await mountSmallDisk(path.join(directory.path, "out"), 2);
    try {
      const refused = await run("--concurrency", "1");
      expect(refused.stderr).toContain(`The disk of ${path.join(directory.path, "out")} is almost full`);
      expect(server.posts()).toBe(0);
    } finally {
      disk.unmount();
    }
  });

  // The system's file size limit rejects an image like a full disk does, for any user.
  it.runIf(hasSignals)("handles a file size limit like a full disk", async () => {
    const image = Buffer.from(await noiseBase64(300), "base64");
    raw = await startRawServer((response, _, request) => {
      if (request.method === "GET") response.end(image);
      else sendJson(response, { created: 1, data: [{ url: `${raw?.url}/p.png` }] });
    });
    await writeManifest(directory.path, 3);
    const env = { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: raw.url };
    const line = `trap '' XFSZ; ulimit -f 64; exec "${process.execPath}" "${cliPath}" batch run m.jsonl --concurrency 1`;
    const stopped = await runProcess("sh", ["-c", line], {
      cwd: directory.path,
      env: cleanEnvironment(directory.path, env),
    });
    expect(stopped.code).toBe(11);
    expect(stopped.stderr).toContain("EFBIG");
    expect(raw.posts()).toBe(1);
    expect(await outputsOf(directory.path)).toEqual([]);
    expect((await run("--concurrency", "1")).code).toBe(0);
    expect(raw.posts()).toBe(3);
    expect(await outputsOf(directory.path)).toEqual(names(3));
  });

  it.runIf(canMount)("detects a full disk under the state directory before anything is sent", async () => {
    const server = await goodServer();
    await writeManifest(directory.path, 2);
    const disk = await mountSmallDisk(path.join(directory.path, ".state"), 4);
    try {
      const refused = await run("--concurrency", "1");
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toContain("almost full");
      expect(refused.stderr).toContain("RETOUCH_STATE_DIR");
      expect(server.posts()).toBe(0);
    } finally {
      disk.unmount();
    }
  });

  it("sends nothing when the state directory cannot be created", async () => {
    const server = await goodServer();
    await writeManifest(directory.path, 2);
    const env = { RETOUCH_STATE_DIR: path.join(directory.path, "photo.png") };
    const refused = await runBatch(directory.path, server.url, [], { env });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("RETOUCH_STATE_DIR");
    expect(server.posts()).toBe(0);
  });
});

describe("unwritable outputs", () => {
  it("detects unwritable outputs before anything is sent", async () => {
    const server = await goodServer();
    await writeManifest(directory.path, 2);
    if (process.getuid?.() === 0) {
      // Root can write everywhere, except to a path below a file.
      await writeFile(path.join(directory.path, "out"), "a file");
    } else {
      await mkdir(path.join(directory.path, "out"));
      await chmod(path.join(directory.path, "out"), 0o500);
    }
    const refused = await run();
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("Nothing was sent");
    expect(server.posts()).toBe(0);
  });
});

describe("--rate", () => {
  it("sends no POST before its slot with --rate, across all workers", async () => {
    const server = await goodServer();
    await writeManifest(directory.path, 6);
    const argv = ["--concurrency", "6", "--rate", "10/s"];
    const ended = await runBatch(directory.path, server.url, argv, { env: withTestClock, input: "" });
    expect(ended.code).toBe(0);
    expect(server.posts()).toBe(6);
    // Each `sent` is written when its slot starts, right before the POST.
    const sent = timesOf(await journalOf(directory.path), "sent");
    expect(sent).toHaveLength(6);
    expect(Math.min(...sent.slice(1).map((time, at) => time - (sent[at] ?? 0)))).toBeGreaterThanOrEqual(100);
  });

  it("does not send rows that wait for a slot when the run ends, and sends them later", async () => {
    let bad = true;
    const b64 = await pngBase64();
    raw = await startRawServer((response) =>
      bad
        ? sendJson(response, { error: { message: "No." } }, 400)
        : sendJson(response, { created: 1, data: [{ b64_json: b64 }] }),
    );
    await writeManifest(directory.path, 6);
    // The next slot is a minute away when the first row fails: no other row may be sent.
    expect((await run("--concurrency", "6", "--rate", "1/m", "--fail-fast", "--timeout", "60")).code).toBe(3);
    expect(raw.posts()).toBe(1);
    bad = false;
    expect((await run("--retry-failed")).code).toBe(0);
    expect(raw.posts()).toBe(7);
  });

  it.each(["0/s", "fast", "5", "-1/m"])("rejects --rate %s before anything is sent", async (rate) => {
    const server = await goodServer();
    await writeManifest(directory.path, 1);
    expect((await run("--rate", rate)).code).toBe(2);
    expect(server.posts()).toBe(0);
  });
});

describe("a 429", () => {
  it("delays every worker after a 429, and retries", async () => {
    const b64 = await pngBase64();
    let onRefusal: () => Promise<void> = async () => undefined;
    raw = await startRawServer((response, post) => {
      if (post === 1) {
        void onRefusal();
        response.writeHead(429, { "retry-after-ms": "700", "content-type": "application/json" });
        response.end(JSON.stringify({ error: { message: "Slow down.", code: "rate_limit_exceeded" } }));
      } else sendJson(response, { created: 1, data: [{ b64_json: b64 }] });
    });
    await writeManifest(directory.path, 3);
    const argv = ["--concurrency", "2", "--rate", "5/s"];
    const ended = await runBatch(directory.path, raw.url, argv, {
      env: withTestClock,
      during({ stdin }) {
        // Time is stopped until the refusal is in the journal, and the other worker waits.
        onRefusal = async () => {
          const isRefused = async () =>
            (await journalOf(directory.path)).some(({ type }) => type === "refused");
          await expect.poll(isRefused).toBe(true);
          stdin?.end();
        };
      },
    });
    expect(ended.code).toBe(0);
    expect(raw.posts()).toBe(4);
    const journal = await journalOf(directory.path);
    const [first = 0, ...sent] = timesOf(journal, "sent");
    expect(timesOf(journal, "refused")).toEqual([first]);
    // Without the pause, the next one would be sent after 200 ms.
    expect(sent).toHaveLength(3);
    expect(Math.min(...sent) - first).toBeGreaterThanOrEqual(700);
  });

  it("ends the run early with 3 on a persistent 429: nothing was billed, and a rerun sends the rows", async () => {
    let isBusy = true;
    const b64 = await pngBase64();
    raw = await startRawServer((response) => {
      if (!isBusy) sendJson(response, { created: 1, data: [{ b64_json: b64 }] });
      else sendJson(response, { error: { message: "No money.", code: "insufficient_quota" } }, 429);
    });
    await writeManifest(directory.path, 8);
    expect((await run("--concurrency", "1")).code).toBe(3);
    const refusals = raw.posts();
    expect(refusals).toBeLessThan(8);
    isBusy = false;
    expect((await run("--retry-failed")).code).toBe(0);
    expect(raw.posts()).toBe(refusals + 8);
  });
});

describe("the exit code of a batch", () => {
  /** Responds according to the prompt. */
  async function byPrompt(): Promise<RawServer> {
    const b64 = await pngBase64();
    let count = 0;
    raw = await startRawServer((response) => {
      const kind = ["good", "rejected", "unknown"][count++ % 3];
      if (kind === "good") sendJson(response, { created: 1, data: [{ b64_json: b64 }] });
      else sendJson(response, { error: { message: "No.", code: "odd" } }, kind === "rejected" ? 400 : 500);
    });
    return raw;
  }

  it("exits with 8 when a row is unknown, else 3 when one failed, else 0", async () => {
    await byPrompt();
    await writeManifest(directory.path, 3);
    expect((await run("--concurrency", "1")).code).toBe(8);
    // The unknown row is not sent again and stays unknown.
    expect((await run("--retry-failed", "--concurrency", "1")).code).toBe(8);
    expect(raw?.posts()).toBe(4);
    expect((await journalOf(directory.path)).filter(({ type }) => type === "sent")).toHaveLength(4);
  });

  it("exits with 8 on --fail-fast when the first failure may have been billed, and sends the rest later", async () => {
    let isDown = true;
    const b64 = await pngBase64();
    raw = await startRawServer((response) =>
      isDown
        ? sendJson(response, { error: { message: "Oh." } }, 500)
        : sendJson(response, { created: 1, data: [{ b64_json: b64 }] }),
    );
    await writeManifest(directory.path, 4);
    expect((await run("--fail-fast", "--concurrency", "1")).code).toBe(8);
    expect(raw.posts()).toBe(1);
    isDown = false;
    // Unsent rows are sent; a row that may have been billed is not.
    expect((await run()).code).toBe(8);
    expect(raw.posts()).toBe(4);
    expect((await run("--retry-unknown")).code).toBe(0);
    expect(raw.posts()).toBe(5);
  });

  it("exits with 3 when a row that another one overtook is rejected", async () => {
    const respond = (response: ServerResponse) =>
      sendJson(response, { error: { message: "No.", code: "odd" } }, 400);
    let first: ServerResponse | undefined;
    let count = 0;
    raw = await startRawServer((response) => {
      count += 1;
      // The third row starts once the second has ended, and reads the journal while the first is in flight.
      if (count === 1) first = response;
      else respond(response);
      if (count === 3 && first !== undefined) respond(first);
    });
    await writeManifest(directory.path, 3);
    const { code, stderr } = await run("--concurrency", "2");
    expect([code, raw.posts()]).toEqual([3, 3]);
    expect(stderr).toContain("3 failed");
  });

  it("exits with 3 for rows that were never sent, which a rerun sends automatically", async () => {
    await writeManifest(directory.path, 2);
    // This limit ends the retries: a connection that never opens is retried until the timeout.
    expect((await runBatch(directory.path, `http://${closedHost}`, ["--timeout", "1"])).code).toBe(3);
    const server = await goodServer();
    expect((await run()).code).toBe(0);
    expect(server.posts()).toBe(2);
  });

  it("exits with 4 or 3 for a rejected key, and ends the run after a few rows", async () => {
    raw = await startRawServer((response) => sendJson(response, { error: { message: "Who?" } }, 401));
    await writeManifest(directory.path, 9);
    expect((await run("--concurrency", "1")).code).toBe(3);
    expect(raw.posts()).toBe(3);
  });
});

describe("outputs of a journal's own rows", () => {
  it("accepts outputs of the journal's own rows on a rerun that sends other rows", async () => {
    const server = await goodServer();
    await writeManifest(directory.path, 2);
    expect((await run()).code).toBe(0);
    await writeManifest(directory.path, 4);
    expect((await run()).code).toBe(0);
    expect(server.posts()).toBe(4);
    expect(await outputsOf(directory.path)).toEqual(names(4));
  });
});
