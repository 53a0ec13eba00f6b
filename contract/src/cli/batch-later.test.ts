import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { journalOf, outputsOf, runBatch, writeManifest } from "./support/batch-manifest.ts";
import { childSays } from "./support/child-says.ts";
import { endedPid, lockOwner } from "./support/lock-owner.ts";
import { type RawServer, sendJson, startRawServer } from "./support/raw-server.ts";
import { hasSignals, runCli } from "./support/run-cli.ts";
import { pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
let raw: RawServer;
beforeEach(async () => {
  const b64 = await pngBase64();
  raw = await startRawServer((response) => sendJson(response, { created: 1, data: [{ b64_json: b64 }] }));
});
afterEach(() => raw.close());

const run = (...argv: string[]) => runBatch(directory.path, raw.url, argv);
const state = async () => {
  const [name = ""] = await readdir(path.join(directory.path, ".state/batches"));
  return path.join(directory.path, ".state/batches", name);
};

describe("a batch whose manifest changes", () => {
  const status = async () =>
    JSON.parse(
      (await runCli(["batch", "status", "m.jsonl", "--json"], { cwd: directory.path })).stdout,
    ) as unknown;

  it("counts the rows of the last run after the manifest changed, and reports the change in status", async () => {
    await writeManifest(directory.path, 5);
    expect((await run()).code).toBe(0);
    const file = path.join(directory.path, "m.jsonl");
    await writeFile(file, (await readFile(file, "utf8")).replace("number 2", "another"));
    expect(await status()).toMatchObject({ total: 5, saved: 5, changed: true });
    expect((await run()).code).toBe(0);
    expect(await status()).toMatchObject({ total: 5, saved: 5, waiting: 0, changed: false });
    await writeManifest(directory.path, 2);
    expect((await run()).code).toBe(0);
    expect(await status()).toMatchObject({ total: 2, saved: 2, waiting: 0 });
    expect(raw.posts()).toBe(6);
  });
});

describe("deleted images", () => {
  it("warns about missing files of saved rows and does not send them again", async () => {
    await writeManifest(directory.path, 3);
    expect((await run()).stderr).not.toContain("no longer");
    await rm(path.join(directory.path, "out/1.png"));
    const again = await run();
    expect(again.code).toBe(0);
    expect(again.stderr).toMatch(/1 saved row\(s\) are no longer where they were written \(r1\)/);
    expect(raw.posts()).toBe(3);
  });

  it("creates the directory again when it is deleted during the run, at no extra cost", async () => {
    const b64 = await pngBase64();
    await raw.close();
    const removals: Promise<void>[] = [];
    raw = await startRawServer((response, post) => {
      if (post === 3) removals.push(rm(path.join(directory.path, "out"), { recursive: true }));
      void Promise.all(removals).then(() => sendJson(response, { created: 1, data: [{ b64_json: b64 }] }));
    });
    await writeManifest(directory.path, 6);
    expect((await run("--concurrency", "1")).code).toBe(0);
    expect(raw.posts()).toBe(6);
    expect(await outputsOf(directory.path)).toEqual(["2.png", "3.png", "4.png", "5.png"]);
  });
});

describe("files of a killed run", () => {
  it("removes responses of saved attempts and locks of ended processes after a killed run", async () => {
    await writeManifest(directory.path, 2);
    expect((await run()).code).toBe(0);
    const saved = (await journalOf(directory.path)).filter(({ type }) => type === "saved");
    const [{ id, response = "" } = { id: "" }] = saved;
    const at = await state();
    const ofOther = `${id}.0123456789abcdef.answer`;
    // The last is that of a process which was stopped while another one saved its row.
    for (const name of [response, `${response}.0123456789abcdef`, ofOther])
      await writeFile(path.join(at, name), "{}");
    await writeFile(path.join(at, "lock.x"), JSON.stringify(lockOwner(endedPid)));
    await writeFile(path.join(at, "lock.y"), JSON.stringify(lockOwner(process.pid, "y")));
    expect((await run()).code).toBe(0);
    expect((await readdir(at)).sort()).toEqual([ofOther, "journal.jsonl", "lock.y", "rows.txt"]);
    const listed = await runCli(["recover", "--list", "--json"], { cwd: directory.path });
    expect(JSON.parse(listed.stdout)).toMatchObject({ edits: [{ id, response: path.join(at, ofOther) }] });
    expect((await runCli(["recover", "--dismiss", id], { cwd: directory.path })).code).toBe(0);
    expect((await readdir(at)).sort()).toEqual(["journal.jsonl", "lock.y", "rows.txt"]);
    expect(raw.posts()).toBe(2);
  });
});

describe("stored responses of several attempts", () => {
  const started = async (respond: Parameters<typeof startRawServer>[0]) => {
    await raw.close();
    raw = await startRawServer(respond);
    await writeManifest(directory.path, 1);
    expect((await run()).code).toBe(8);
    const [{ id } = { id: "" }] = await journalOf(directory.path).then((lines) => lines.slice(1));
    const at = await state();
    return (attempt: string) => path.join(at, `${id}.${attempt.repeat(16)}.answer`);
  };
  const respond = (b64_json: string) => JSON.stringify({ created: 1, data: [{ b64_json }] });

  it("are saved by the next run, each with its own images", async () => {
    const responseOf = await started((response) => response.destroy());
    await writeFile(responseOf("1"), respond(await pngBase64(8)));
    await writeFile(responseOf("2"), respond(await pngBase64(9)));
    // What one poll of a task has left of the first attempt.
    await writeFile(`${responseOf("1")}.${"3".repeat(16)}`, respond(await pngBase64(8)));
    const finished = await run();
    expect(finished.code).toBe(0);
    const names = ["0.png", "0~2.png"];
    expect(finished.stdout).toBe(names.map((name) => `${path.join(directory.path, "out", name)}\n`).join(""));
    expect(await outputsOf(directory.path)).toEqual(names);
    expect((await readdir(await state())).sort()).toEqual(["journal.jsonl", "rows.txt"]);
    expect(raw.posts()).toBe(1);
  });

  it("save their row with the one that can be read, and leave the other one for recover", async () => {
    const responseOf = await started((response) => response.destroy());
    await writeFile(responseOf("1"), "<html>");
    await writeFile(responseOf("2"), respond(await pngBase64(9)));
    const finished = await run("--retry-unknown");
    expect(finished.code).toBe(0);
    expect(finished.stderr).toContain("r0: Another attempt has left a response that cannot be used");
    expect(await outputsOf(directory.path)).toEqual(["0.png"]);
    const { stdout } = await runCli(["recover", "--list", "--json"], { cwd: directory.path });
    expect(JSON.parse(stdout)).toMatchObject({
      edits: [{ state: "answer kept", response: responseOf("1") }],
    });
    expect(raw.posts()).toBe(1);
  });
});

describe("a stored response without a readable image", () => {
  const states = async () =>
    (await readdir(await state()))
      .filter((name) => name.includes(".answer"))
      .map((name) => name.replace(/^\w+\.[0-9a-f]{16}/, ""));

  it("reports an unreadable response in each run, retains it, and renames it only when its row is sent again", async () => {
    const b64 = await pngBase64();
    await raw.close();
    raw = await startRawServer((response, post) =>
      sendJson(response, { created: 1, data: post === 1 ? [] : [{ b64_json: b64 }] }),
    );
    await writeManifest(directory.path, 1);
    expect((await run()).code).toBe(8);
    const again = await run("--json");
    expect(again.code).toBe(8);
    const [event, done] = again.stdout.split("\n").map((line) => JSON.parse(line || "null") as unknown);
    const rawAnswer = expect.stringMatching(/^\/.*\.answer$|^[A-Z]:.*\.answer$/);
    expect(event).toMatchObject({ event: "unknown", id: "r0", error: { outcome: "unknown", rawAnswer } });
    expect(done).toMatchObject({ event: "done", unknown: 1, exitCode: 8 });
    expect(await states()).toEqual([".answer"]);
    expect((await run("--retry-unknown")).code).toBe(0);
    expect(await states()).toEqual([expect.stringMatching(/^\.answer\.\d+$/)]);
    expect(raw.posts()).toBe(2);
  });

  it("does not send a row again as long as its image may come, and sends it once the image is gone", async () => {
    const image = Buffer.from(await pngBase64(), "base64");
    let status = 503;
    await raw.close();
    raw = await startRawServer((response, post, request) => {
      if (request.method === "POST")
        sendJson(response, { created: 1, data: [{ url: `${raw.url}/${post}.png` }] });
      else if (request.url === "/1.png") response.writeHead(status).end();
      else response.end(image);
    });
    await writeManifest(directory.path, 1);
    expect((await run()).code).toBe(8);
    const waiting = await run("--retry-unknown");
    expect(waiting.code).toBe(8);
    expect(waiting.stderr).toMatch(
      /may come later: run this again.*`retouch recover --dismiss [0-9a-f]{32}`/,
    );
    expect(raw.posts()).toBe(1);
    expect(await states()).toEqual([".answer"]);
    status = 404;
    expect((await run("--retry-unknown")).code).toBe(0);
    expect(raw.posts()).toBe(2);
  });

  it.runIf(hasSignals)(
    "leaves an unreadable response in place when a signal ends the run that would send its row again",
    async () => {
      const image = Buffer.from(await pngBase64(), "base64");
      let onFetch: ((respond: () => void) => void) | undefined;
      await raw.close();
      raw = await startRawServer((response, _, request) => {
        if (request.method === "POST")
          sendJson(response, { created: 1, data: [{ url: `${raw.url}/r.png` }] });
        else if (onFetch === undefined) response.end(image);
        else onFetch(() => response.writeHead(503).end());
      });
      await writeManifest(directory.path, 1);
      onFetch = (refuse) => refuse();
      expect((await run()).code).toBe(8);
      const stopped = await runBatch(directory.path, raw.url, ["--retry-unknown"], {
        during(child) {
          onFetch = () => {
            void childSays(child, "Stopping").then(() => child.kill("SIGTERM"));
            child.kill("SIGTERM");
          };
        },
      });
      expect(stopped.code).toBe(143);
      expect(await states()).toEqual([".answer"]);
      onFetch = undefined;
      expect((await run()).code).toBe(0);
      expect(raw.posts()).toBe(1);
    },
  );

  it("skips a batch that another run holds in recover, and continues with the others", async () => {
    const image = Buffer.from(await pngBase64(), "base64");
    let isOpen = false;
    await raw.close();
    raw = await startRawServer((response, _, request) => {
      if (request.method === "POST") sendJson(response, { created: 1, data: [{ url: `${raw.url}/r.png` }] });
      else if (isOpen) response.end(image);
      else response.writeHead(503).end();
    });
    await writeManifest(directory.path, 1);
    const env = { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: raw.url };
    expect((await run()).code).toBe(8);
    expect(
      (await runCli(["edit", "photo.png", "-m", "acme-9", "-p", "x"], { cwd: directory.path, env })).code,
    ).toBe(8);
    isOpen = true;
    await writeFile(path.join(await state(), "lock"), JSON.stringify(lockOwner(process.pid)));
    const recovered = await runCli(["recover", "--json"], { cwd: directory.path });
    expect(recovered).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(recovered.stdout)).toMatchObject({
      written: [path.join(directory.path, "photo.edited.png")],
      edits: [{ state: "running" }],
    });
    expect(await states()).toEqual([".answer"]);
  });
});

it("detects a directory in place of a row's output before sending, also with --force", async () => {
  await writeManifest(directory.path, 2);
  await mkdir(path.join(directory.path, "out/1.png"), { recursive: true });
  const refused = await run("--force");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("a directory has that name");
  expect(raw.posts()).toBe(0);
});
