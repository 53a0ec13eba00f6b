import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { runBatch, writeManifest } from "./support/batch-manifest.ts";
import { childSays } from "./support/child-says.ts";
import { type RawServer, sendJson, startRawServer } from "./support/raw-server.ts";
import { type CliRun, hasSignals, runCli } from "./support/run-cli.ts";
import { canMount, fillDisk, mountSmallDisk } from "./support/small-disk.ts";
import { noiseBase64, pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
let raw: RawServer | undefined;
afterEach(async () => {
  await raw?.close();
  raw = undefined;
});

const at = (...names: string[]) => path.join(directory.path, ...names);
const run = (...argv: string[]): Promise<CliRun> =>
  runCli(argv, {
    cwd: directory.path,
    env: { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: raw?.url ?? "http://127.0.0.1:9" },
  });
const edit = (prompt: string, ...argv: string[]) =>
  run("edit", "photo.png", "-m", "acme-9", "-p", prompt, ...argv);
const openEdits = async () => {
  const { stdout } = await run("recover", "--list", "--json");
  return (JSON.parse(stdout) as { edits: { id: string; state: string }[] }).edits;
};

describe.runIf(canMount)("an edit whose image does not fit on the disk", () => {
  /** Runs an edit to a small disk that fills up while the edit is in flight. */
  async function editToFullDisk(work: (failed: CliRun) => Promise<void>): Promise<void> {
    const big = await noiseBase64(300);
    const out = at("out");
    let onPost = () => fillDisk(out, 64);
    raw = await startRawServer((response) => {
      onPost();
      onPost = () => {};
      sendJson(response, { created: 1, data: [{ b64_json: big }] });
    });
    const disk = await mountSmallDisk(out, 64);
    try {
      await work(await edit("x", "-o", "out/a.png", "--json"));
    } finally {
      disk.unmount();
    }
  }

  it("exits with 11, blocks the same edit, and is written elsewhere by recover -o DIR", async () => {
    await editToFullDisk(async (failed) => {
      expect(failed.code).toBe(11);
      expect(JSON.parse(failed.stdout)).toMatchObject({
        error: { code: "write_failed", outcome: "billed", exitCode: 11, rawAnswer: expect.any(String) },
      });
      const [open] = await openEdits();
      expect(open).toMatchObject({ state: "answer kept" });
      expect((await edit("x", "-o", "b.png")).code).toBe(2);
      // The disk is still full.
      expect((await run("recover")).code).toBe(11);
      await mkdir(at("elsewhere"));
      const recovered = await run("recover", open?.id ?? "", "-o", "elsewhere");
      expect(recovered).toMatchObject({ code: 0, stdout: `${at("elsewhere/a.png")}\n` });
      expect(await openEdits()).toEqual([]);
      expect(raw?.posts()).toBe(1);
    });
  });

  it("is written to one path by recover ID -o PATH", async () => {
    await editToFullDisk(async () => {
      const [open] = await openEdits();
      const recovered = await run("recover", open?.id ?? "", "-o", "named.png");
      expect(recovered).toMatchObject({ code: 0, stdout: `${at("named.png")}\n` });
    });
  });
});

describe("retouch recover", () => {
  /** Leaves an edit whose stored response cannot be read, and one that can be finished. */
  async function leaveTwo(): Promise<string[]> {
    const image = Buffer.from(await pngBase64(), "base64");
    let isOpen = false;
    raw = await startRawServer((response, post, request) => {
      if (request.method === "GET") isOpen ? response.end(image) : response.writeHead(503).end();
      else if (post === 1) response.end('{"created":1,"data":[]}');
      else sendJson(response, { created: 1, data: [{ url: `${raw?.url}/r.png` }] });
    });
    expect((await edit("one", "-o", "one.png")).code).toBe(8);
    const [one] = await openEdits();
    expect((await edit("two", "-o", "two.png")).code).toBe(8);
    const two = (await openEdits()).find(({ id }) => id !== one?.id);
    isOpen = true;
    return [one?.id ?? "", two?.id ?? ""];
  }

  it("exits with 3 when only some edits were recovered", async () => {
    await leaveTwo();
    expect(await run("recover")).toMatchObject({ code: 3, stdout: `${at("two.png")}\n` });
    expect((await run("recover")).code).toBe(8);
  });

  it("recovers only the edits whose ids are given", async () => {
    const [one = "", two = ""] = await leaveTwo();
    expect((await run("recover", one)).code).toBe(8);
    expect(await run("recover", two)).toMatchObject({ code: 0, stdout: `${at("two.png")}\n` });
    expect((await run("recover", "nonsense")).code).toBe(2);
  });

  it("rejects one path for several edits before it writes", async () => {
    await leaveTwo();
    expect((await run("recover", "-o", "one-path.png")).code).toBe(2);
    expect(await readdir(directory.path)).not.toContain("one-path.png");
  });

  it("names a journal that it cannot read, and goes on with the others", async () => {
    await leaveTwo();
    const bad = at(".state/edits/20260101T000000Z-00000000.jsonl");
    const later = at(".state/edits/20260102T000000Z-00000000.jsonl");
    await writeFile(bad, "\0\0\0\0\n\0\0");
    await writeFile(later, '{"type":"journal","version":99}\n');
    const recovered = await run("recover");
    expect(recovered).toMatchObject({ code: 3, stdout: `${at("two.png")}\n` });
    expect(recovered.stderr).toContain(bad);
    expect(recovered.stderr).toContain("has version 99");
    expect(await readFile(later, "utf8")).toContain("99");
  });
});

describe("the exit code of a batch", () => {
  it.runIf(hasSignals)("is 11 before 3, and 8 before 11", async () => {
    const image = Buffer.from(await noiseBase64(300), "base64");
    let status = 400;
    raw = await startRawServer((response, post, request) => {
      // The URL of an image that is too large for the limit below.
      if (request.method === "GET") response.end(image);
      else if (post === 2) sendJson(response, { created: 1, data: [{ url: `${raw?.url}/r.png` }] });
      else sendJson(response, { error: { message: "No." } }, status);
    });
    await writeManifest(directory.path, 3);
    // The system's file size limit rejects an image like a full disk does.
    const within = ["sh", "-c", `trap '' XFSZ; ulimit -f 64; exec "$@"`, "sh"];
    const runLimited = (...argv: string[]) =>
      runBatch(directory.path, raw?.url ?? "", ["--concurrency", "1", ...argv], { within });
    expect((await runLimited()).code).toBe(11);
    const counted = await run("batch", "status", "m.jsonl", "--json");
    expect(JSON.parse(counted.stdout)).toMatchObject({ failed: 1, unwritten: 1, unknown: 0, waiting: 1 });
    // Nothing is sent while a billed image cannot be written.
    expect((await runLimited("--retry-failed")).code).toBe(11);
    expect(raw.posts()).toBe(2);
    status = 500;
    const ended = await runBatch(directory.path, raw.url, ["--concurrency", "1", "--fail-fast"]);
    expect(ended.code).toBe(8);
    expect(raw.posts()).toBe(3);
  });

  it.runIf(hasSignals)("is 129 after SIGHUP, which lets edits in flight finish", async () => {
    const b64 = await pngBase64();
    let hangUp: () => Promise<void> = async () => {};
    raw = await startRawServer(async (response) => {
      await hangUp();
      sendJson(response, { data: [{ b64_json: b64 }] });
    });
    await writeManifest(directory.path, 4);
    const ended = await runBatch(directory.path, raw.url, ["--concurrency", "1"], {
      during: (child) => {
        hangUp = async () => {
          hangUp = async () => {};
          const stopping = childSays(child, "Stopping");
          child.kill("SIGHUP");
          await stopping;
        };
      },
    });
    expect(ended.code).toBe(129);
    expect(await readdir(at("out"))).toEqual(["0.png"]);
    await rm(at("out"), { recursive: true });
  });
});
