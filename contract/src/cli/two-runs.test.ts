import { spawnSync } from "node:child_process";
import { readdir, readFile, utimes } from "node:fs/promises";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { outputsOf, runBatch, writeManifest } from "./support/batch-manifest.ts";
import { childSays } from "./support/child-says.ts";
import { type RawServer, sendJson, startRawServer } from "./support/raw-server.ts";
import { type CliOptions, type CliRun, hasSignals, runCli } from "./support/run-cli.ts";
import { pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
let raw: RawServer | undefined;
afterEach(async () => {
  await raw?.close();
  raw = undefined;
});

/** A server that holds its first response until `release` is called. */
async function holdingServer(onFirst: () => void): Promise<{ release(): void }> {
  const b64 = await pngBase64();
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  raw = await startRawServer(async (response, post) => {
    if (post === 1) {
      onFirst();
      await held;
    }
    sendJson(response, { created: 1, data: [{ b64_json: b64 }] });
  });
  return { release: () => release() };
}

const run = (argv: readonly string[] = [], options: Partial<CliOptions> = {}): Promise<CliRun> =>
  runBatch(directory.path, raw?.url ?? "", argv, options);

/** Makes the heartbeats of the lock and the claims older than they live, as a minute without them does. */
async function ageHeartbeats(): Promise<void> {
  const hourAgo = new Date(Date.now() - 3_600_000);
  for (const root of [".state", ".retouch"]) {
    const top = path.join(directory.path, root);
    for (const name of await readdir(top, { recursive: true }).catch(() => [])) {
      const isBeating = /(?:^|[/\\])lock$|[0-9a-f]{32}\.[\w-]+$/.test(name);
      if (isBeating) await utimes(path.join(top, name), hourAgo, hourAgo);
    }
  }
}

describe.runIf(hasSignals)("a run that is stopped for longer than its lock lives", () => {
  it("sends nothing after it wakes, because another run has taken over", async () => {
    let first: Promise<CliRun> | undefined;
    let pid = 0;
    await writeManifest(directory.path, 4);
    const stopped = new Promise<void>((resolve) => {
      void holdingServer(() => {
        process.kill(pid, "SIGSTOP");
        resolve();
      }).then((server) => {
        release = server.release;
        first = run(["--concurrency", "1"], {
          during: (child) => {
            pid = child.pid ?? 0;
          },
        });
      });
    });
    let release: () => void = () => {};
    await stopped;
    expect((await run()).stderr).toContain("is being run by process");
    await ageHeartbeats();
    const second = await run(["--json"]);
    // The first row may be billed: its process may still wake.
    expect(second.code).toBe(8);
    expect(raw?.posts()).toBe(4);
    process.kill(pid, "SIGCONT");
    release();
    const woken = await first;
    expect(woken?.stderr).toContain("took over this run");
    expect(raw?.posts()).toBe(4);
    expect(await outputsOf(directory.path)).toEqual(["0.png", "1.png", "2.png", "3.png"]);
    // The row that was in flight is saved by the process that sent it.
    expect((await run()).code).toBe(0);
    expect(raw?.posts()).toBe(4);
  });
});

it("runs a manifest once when two runs start at the same moment", async () => {
  const b64 = await pngBase64();
  raw = await startRawServer((response) => sendJson(response, { data: [{ b64_json: b64 }] }));
  await writeManifest(directory.path, 16);
  const runs = await Promise.all([run(), run(), run()]);
  const codes = runs.map(({ code }) => code);
  expect(codes).toContain(0);
  expect(codes.every((code) => code === 0 || code === 2)).toBe(true);
  expect(raw.posts()).toBe(16);
});

it("sends each row once with `--force` from two machines that share only the folder of the manifest", async () => {
  let second: Promise<CliRun> | undefined;
  const there = { env: { RETOUCH_STATE_DIR: path.join(directory.path, ".there") } };
  const { release } = await holdingServer(() => {
    second = run(["--force"], there);
    void second.then(() => release());
  });
  await writeManifest(directory.path, 4);
  const first = await run(["--force", "--concurrency", "1"]);
  // The first row was in flight, and the second run has sent the others.
  expect((await second)?.code).toBe(8);
  expect(first.stderr).toContain("It was not sent again.");
  expect(raw?.posts()).toBe(4);
  // Each counts what the other one has saved, as a run does that finds it in its own journal.
  expect([(await run(["--force"])).code, (await run(["--force"], there)).code]).toEqual([0, 0]);
  expect(raw?.posts()).toBe(4);
  expect(await outputsOf(directory.path)).toEqual(["0.png", "1.png", "2.png", "3.png"]);
});

/** Returns why this machine cannot create a namespace, or undefined if it can. */
function namespaceProblem(...flags: string[]): string | undefined {
  const { status, stderr, error } = spawnSync("unshare", [...flags, "true"], { encoding: "utf8" });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

const pidFlags = ["--pid", "--fork", "--mount-proc", "--kill-child"];
const pidProblem = namespaceProblem(...pidFlags);
const hostProblem = namespaceProblem("--uts");
if (pidProblem !== undefined) console.info(`Tests with pid namespaces do not run: ${pidProblem}`);
if (hostProblem !== undefined) console.info(`Tests with host names do not run: ${hostProblem}`);

describe.runIf(pidProblem === undefined)("runs in two pid namespaces with one host name", () => {
  const inNamespace = ["unshare", ...pidFlags];

  it("do not take the lock of each other: 16 rows, 16 POSTs", async () => {
    let second: Promise<CliRun> | undefined;
    const { release } = await holdingServer(() => {
      second = run([], { within: inNamespace });
      void second.then(() => release());
    });
    await writeManifest(directory.path, 16);
    expect((await run([], { within: inNamespace })).code).toBe(0);
    expect(await second).toMatchObject({ code: 2 });
    expect((await second)?.stderr).toContain("is being run by process");
    expect(raw?.posts()).toBe(16);
  });

  it("finish after one of them was killed, without the row that may be billed", async () => {
    let kill: () => void = () => {};
    await holdingServer(() => kill());
    await writeManifest(directory.path, 3);
    const killed = await run(["--concurrency", "1"], {
      within: inNamespace,
      during: (child) => {
        kill = () => child.kill("SIGKILL");
      },
    });
    expect(killed.code).toBe(null);
    expect((await run([], { within: inNamespace })).code).toBe(2);
    await ageHeartbeats();
    expect((await run([], { within: inNamespace })).code).toBe(8);
    expect(raw?.posts()).toBe(3);
    expect(await outputsOf(directory.path)).toEqual(["1.png", "2.png"]);
  });

  it("leave the stored response of each other, also when one wakes after the other has sent its row again", async () => {
    const [first, second] = [await pngBase64(8), await pngBase64(16)];
    let [stop, release] = [(_: number): void => undefined, (): void => undefined];
    const stopped = new Promise<number>((resolve) => {
      stop = resolve;
    });
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let canFetch = false;
    let pid = 0;
    raw = await startRawServer(async (response, post, request) => {
      if (request.method === "GET" && canFetch) response.end(Buffer.from(second, "base64"));
      else if (request.method === "GET") response.writeHead(503).end();
      else if (post > 1) sendJson(response, { created: 1, data: [{ url: `${raw?.url}/r.png` }] });
      else {
        // The command in the namespace, not the one that has made it.
        const child = Number(await readFile(`/proc/${pid}/task/${pid}/children`, "utf8"));
        process.kill(child, "SIGSTOP");
        stop(child);
        await held;
        sendJson(response, { created: 1, data: [{ b64_json: first }] });
      }
    });
    await writeManifest(directory.path, 1);
    const woken = run([], {
      within: inNamespace,
      during: (child) => {
        pid = child.pid ?? 0;
      },
    });
    const child = await stopped;
    await ageHeartbeats();
    // Its image cannot be had yet, so that only the stored response has it.
    expect((await run(["--retry-unknown"])).code).toBe(8);
    process.kill(child, "SIGCONT");
    release();
    expect((await woken).code).toBe(0);
    canFetch = true;
    const recovered = await runCli(["recover"], { cwd: directory.path });
    expect(recovered).toMatchObject({ code: 0, stderr: "" });
    expect(await outputsOf(directory.path)).toEqual(["0.png", "0~2.png"]);
    const images = ["0.png", "0~2.png"].map((name) => readFile(path.join(directory.path, "out", name)));
    expect((await Promise.all(images)).map((image) => image.toString("base64"))).toEqual([first, second]);
    expect(raw.posts()).toBe(2);
    const [batch = ""] = await readdir(path.join(directory.path, ".state/batches"));
    const left = await readdir(path.join(directory.path, ".state/batches", batch));
    expect(left.sort()).toEqual(["journal.jsonl", "rows.txt"]);
  });

  it("take over at once with --take-over", async () => {
    let kill: () => void = () => {};
    await holdingServer(() => kill());
    await writeManifest(directory.path, 2);
    await run(["--concurrency", "1"], {
      within: inNamespace,
      during: (child) => {
        kill = () => child.kill("SIGKILL");
      },
    });
    expect((await run(["--take-over"], { within: inNamespace })).code).toBe(8);
    expect(raw?.posts()).toBe(2);
  });

  it("do not send an edit again whose container was killed and started anew", async () => {
    let kill: () => void = () => {};
    await holdingServer(() => kill());
    const argv = ["edit", "photo.png", "-m", "acme-9", "-p", "x"];
    const env = { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: raw?.url ?? "" };
    const killed = await runCli(argv, {
      cwd: directory.path,
      env,
      within: inNamespace,
      during: (child) => {
        kill = () => child.kill("SIGKILL");
      },
    });
    expect(killed.code).toBe(null);
    // Its last heartbeat is fresh: the edit waits for the next one, which does not come.
    const again = await runCli(argv, { cwd: directory.path, env, within: inNamespace });
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("--retry-unknown");
    expect(raw?.posts()).toBe(1);
  });
});

describe.runIf(hostProblem === undefined)(
  "a run that was killed in a container with its own host name",
  () => {
    it("holds no lock", async () => {
      let kill: () => void = () => {};
      await holdingServer(() => kill());
      await writeManifest(directory.path, 2);
      const killed = await run(["--concurrency", "1"], {
        within: ["unshare", "--uts", "sh", "-c", 'hostname other && exec "$@"', "sh"],
        during: (child) => {
          kill = () => child.kill("SIGKILL");
        },
      });
      expect(killed.code).toBe(null);
      expect((await run()).code).toBe(8);
      expect(raw?.posts()).toBe(2);
    });
  },
);

describe.runIf(hasSignals)("--take-over of a run that still works", () => {
  it("lets the first run finish what it sent, and sends the rest once", async () => {
    let second: Promise<CliRun> | undefined;
    const { release } = await holdingServer(() => {
      second = run(["--take-over"], {
        during: (child) => void childSays(child, "were not sent").catch(() => {}),
      });
      void second.then(() => release());
    });
    await writeManifest(directory.path, 3);
    const first = await run(["--concurrency", "1"]);
    expect((await second)?.code).toBe(8);
    expect(first.stderr).toContain("took over this run");
    expect(raw?.posts()).toBe(3);
    expect(await outputsOf(directory.path)).toEqual(["0.png", "1.png", "2.png"]);
  });

  it("sends no row of the first run again that waits after a 429, because its `--max-cost` no longer holds", async () => {
    const b64_json = await pngBase64();
    raw = await startRawServer(async (response, post) => {
      if (post > 1) return sendJson(response, { created: 1, data: [{ b64_json }] });
      await run(["--take-over"]);
      response.setHeader("retry-after", "0");
      return sendJson(response, { error: { message: "Slow down." } }, 429);
    });
    await writeManifest(directory.path, 2);
    const first = await run(["--concurrency", "1"]);
    expect(first.stderr).toContain("took over this run");
    expect(raw.posts()).toBe(2);
    expect(await outputsOf(directory.path)).toEqual(["1.png"]);
    // Nothing was billed, so the next run sends the row.
    expect((await run()).code).toBe(0);
    expect(raw.posts()).toBe(3);
  });

  it("leaves a row unknown whose response without an image it had moved aside to send it again", async () => {
    raw = await startRawServer(async (response, post) => {
      if (post === 1) return sendJson(response, { created: 1, data: [] });
      await run(["--take-over"]);
      response.setHeader("retry-after", "0");
      return sendJson(response, { error: { message: "Slow down." } }, 429);
    });
    await writeManifest(directory.path, 1);
    expect((await run()).code).toBe(8);
    const again = await run(["--retry-unknown"]);
    expect(again.stderr).toContain("took over this run");
    expect(again.stderr).toContain("0 of 1 saved, 1 unknown.");
    expect(again.code).toBe(8);
    expect(raw.posts()).toBe(2);
  });
});
