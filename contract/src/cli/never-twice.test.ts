import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { outputsOf, runBatch, writeManifest } from "./support/batch-manifest.ts";
import { childSays } from "./support/child-says.ts";
import { type RawServer, sendJson, startRawServer } from "./support/raw-server.ts";
import { type CliOptions, type CliRun, hasSignals, runCli } from "./support/run-cli.ts";
import { pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const fullClaims = fileURLToPath(new URL("support/full-claims.cjs", import.meta.url));
const directory = useWorkDirectory();
let raw: RawServer | undefined;
afterEach(async () => {
  await raw?.close();
  raw = undefined;
});

const at = (...names: string[]) => path.join(directory.path, ...names);
const key = { RETOUCH_API_KEY: "sk-test-0123456789" };
const run = (argv: readonly string[], options: Partial<CliOptions> = {}): Promise<CliRun> =>
  runCli(argv, {
    cwd: directory.path,
    ...options,
    env: { ...key, RETOUCH_BASE_URL: raw?.url ?? "", ...options.env },
  });
const edit = (...argv: string[]) => run(["edit", "photo.png", "-m", "acme-9", "-p", "number 0", ...argv]);
const batch = (manifest: string, ...argv: string[]) => run(["batch", "run", manifest, ...argv]);
const openIds = async () => {
  const { stdout } = await run(["recover", "--list", "--json"]);
  return (JSON.parse(stdout) as { edits: { id: string }[] }).edits.map(({ id }) => id);
};

/** Responds with 500, so that an edit is unknown, until `fix` is called. */
async function brokenServer(): Promise<{ fix(): void }> {
  const b64 = await pngBase64();
  let isBroken = true;
  raw = await startRawServer((response) =>
    isBroken
      ? sendJson(response, { error: { message: "Oh." } }, 500)
      : sendJson(response, { created: 1, data: [{ b64_json: b64 }] }),
  );
  return {
    fix() {
      isBroken = false;
    },
  };
}

it("is not repeated by a script if its image comes from a broken response, also after a kill before the index had it", async () => {
  const b64_json = await pngBase64();
  raw = await startRawServer((response) => {
    const text = JSON.stringify({ created: 1, data: [{ b64_json }] });
    response.writeHead(200, { "content-type": "application/json", "content-length": text.length });
    response.write(text.slice(0, -2), () => response.destroy());
  });
  expect((await edit()).code).toBe(8);
  const [journal = ""] = (await readdir(at(".state/edits"))).filter((name) => name.endsWith(".jsonl"));
  const text = await readFile(at(".state/edits", journal), "utf8");
  expect(text).toContain('"isRescued":true');
  // As if it had been killed after its record.
  await rm(at(".state/saved"), { recursive: true });
  const [, request = ""] = /"request":"([0-9a-f]{32})"/.exec(text) ?? [];
  const claim = at(".state/claims", request.slice(0, 1), `${request}.${path.parse(journal).name}`);
  const planned = JSON.parse(text.split("\n")[1] ?? "") as { readonly owner: object };
  const content = {
    ...planned.owner,
    token: "0",
    journal: at(".state/edits", journal),
    files: [claim],
    state: "sent",
  };
  await writeFile(claim, JSON.stringify(content));
  const again = await edit();
  expect(again.code).toBe(10);
  expect(again.stderr).toContain("whose response was broken");
  expect(raw.posts()).toBe(1);
});

describe("an unresolved edit", () => {
  it("is not sent again by the same command, which names the ways out", async () => {
    const server = await brokenServer();
    expect((await edit()).code).toBe(8);
    server.fix();
    const [id = ""] = await openIds();
    const refused = await edit("--json");
    expect(refused.code).toBe(2);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      error: { code: "unresolved_edit", outcome: "not-sent" },
    });
    for (const way of [`retouch recover ${id}`, "--retry-unknown", `retouch recover --dismiss ${id}`])
      expect(refused.stderr).toContain(way);
    expect(raw?.posts()).toBe(1);
    // Another prompt is another request.
    expect((await run(["edit", "photo.png", "-m", "acme-9", "-p", "another", "-o", "b.png"])).code).toBe(0);
  });

  it("is sent again with --retry-unknown, which closes the record of the first attempt", async () => {
    const server = await brokenServer();
    await edit();
    server.fix();
    expect((await edit("--retry-unknown")).code).toBe(0);
    expect(await openIds()).toEqual([]);
    expect((await edit("-o", "again.png")).code).toBe(0);
    expect(raw?.posts()).toBe(3);
  });

  it("stays unresolved when its second attempt is rejected", async () => {
    const b64 = await pngBase64();
    const statuses = [500, 400, 200];
    raw = await startRawServer((response, post) =>
      sendJson(response, { data: [{ b64_json: b64 }], error: { message: "No." } }, statuses[post - 1] ?? 200),
    );
    await writeManifest(directory.path, 1);
    expect((await batch("m.jsonl")).code).toBe(8);
    expect((await batch("m.jsonl", "--retry-unknown")).code).toBe(8);
    expect((await batch("m.jsonl", "--retry-failed")).code).toBe(8);
    expect(raw.posts()).toBe(2);
  });

  it("stays unresolved when a full disk stops its row while it is resent", async () => {
    const server = await brokenServer();
    await writeManifest(directory.path, 1);
    expect((await batch("m.jsonl")).code).toBe(8);
    server.fix();
    const full = await run(["batch", "run", "m.jsonl", "--retry-unknown"], {
      env: { NODE_OPTIONS: `--require=${JSON.stringify(fullClaims)}` },
    });
    expect(full).toMatchObject({
      code: 8,
      stderr: expect.stringContaining(`${at(".state/claims")}${path.sep}`),
    });
    expect((await edit()).code).toBe(2);
    expect(raw?.posts()).toBe(1);
    expect((await batch("m.jsonl", "--retry-unknown")).code).toBe(0);
    expect((await edit("-o", "again.png")).code).toBe(0);
    expect(raw?.posts()).toBe(3);
  });

  it("is sent once it was dismissed", async () => {
    const server = await brokenServer();
    await edit();
    server.fix();
    const [id = ""] = await openIds();
    expect((await run(["recover", "--dismiss", id])).code).toBe(0);
    expect((await edit()).code).toBe(0);
  });

  it("blocks a manifest, and an unresolved row blocks an edit", async () => {
    const server = await brokenServer();
    await edit();
    await writeManifest(directory.path, 2);
    server.fix();
    expect((await batch("m.jsonl")).code).toBe(8);
    expect(raw?.posts()).toBe(2);
    expect((await batch("m.jsonl", "--retry-unknown")).code).toBe(0);
    expect(raw?.posts()).toBe(3);
  });

  it("blocks an edit while the run that left it goes on with other rows", async () => {
    const b64 = await pngBase64();
    let second: Promise<CliRun> | undefined;
    raw = await startRawServer(async (response, post) => {
      if (post === 2) {
        second = edit();
        await second;
      }
      if (post === 1) sendJson(response, { error: { message: "Oh." } }, 500);
      else sendJson(response, { created: 1, data: [{ b64_json: b64 }] });
    });
    await writeManifest(directory.path, 2);
    expect((await batch("m.jsonl", "--concurrency", "1")).code).toBe(8);
    expect((await second)?.code).toBe(2);
    expect(raw.posts()).toBe(2);
  });

  it("is known for years", async () => {
    const server = await brokenServer();
    await edit();
    server.fix();
    const edits = at(".state/edits");
    const [name = ""] = (await readdir(edits)).filter((file) => file.endsWith(".jsonl"));
    const old = name.replace(/^\d{4}/, "2020");
    await writeFile(
      path.join(edits, old),
      (await readFile(path.join(edits, name), "utf8")).replaceAll(name.slice(0, -6), old.slice(0, -6)),
    );
    // Another edit removes old records, but not this one.
    await run(["edit", "photo.png", "-m", "acme-9", "-p", "another", "-o", "another.png"]);
    expect(await readdir(edits)).toContain(old);
    expect((await edit()).code).toBe(2);
  });
});

describe("a saved edit", () => {
  it("is made again on purpose, with a note of where the first image is", async () => {
    (await brokenServer()).fix();
    await edit();
    const again = await edit("-o", "second.png");
    expect(again).toMatchObject({ code: 0, stdout: `${at("second.png")}\n` });
    expect(again.stderr).toContain(at("photo.edited.png"));
    expect(raw?.posts()).toBe(2);
  });

  it("does not block while it is in flight in a process that runs", async () => {
    const b64 = await pngBase64();
    let second: Promise<CliRun> | undefined;
    raw = await startRawServer((response, post) => {
      if (post === 1) second = edit("-o", "second.png");
      void (post === 1 ? second : undefined)?.then(() => sendJson(response, { data: [{ b64_json: b64 }] }));
      if (post === 2) sendJson(response, { data: [{ b64_json: b64 }] });
    });
    expect((await edit()).code).toBe(0);
    expect(await second).toMatchObject({ code: 0 });
    expect(raw.posts()).toBe(2);
  });
});

describe("rows with equal requests", () => {
  it("are variants within a manifest", async () => {
    (await brokenServer()).fix();
    const rows = ["a", "b"].map((id) => ({
      id,
      image: "photo.png",
      prompt: "x",
      model: "acme-9",
      output: `${id}.png`,
    }));
    await writeFile(at("m.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
    expect((await batch("m.jsonl")).code).toBe(0);
    expect(raw?.posts()).toBe(2);
    expect((await batch("m.jsonl")).code).toBe(0);
    expect(raw?.posts()).toBe(2);
  });

  it("are variants even if one of them is unknown", async () => {
    const b64 = await pngBase64();
    raw = await startRawServer((response, post) =>
      post === 1
        ? sendJson(response, { error: { message: "Oh." } }, 500)
        : sendJson(response, { data: [{ b64_json: b64 }] }),
    );
    const rows = ["a", "b"].map((id) => ({
      id,
      image: "photo.png",
      prompt: "x",
      model: "acme-9",
      output: `${id}.png`,
    }));
    await writeFile(at("m.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
    expect((await batch("m.jsonl", "--concurrency", "1")).code).toBe(8);
    expect(raw.posts()).toBe(2);
  });
});

describe("the rows of another run", () => {
  /** Runs m.jsonl with three rows, of which the first is unknown and the others are saved. */
  async function runWithUnknown(): Promise<void> {
    const b64 = await pngBase64();
    raw = await startRawServer((response, post) =>
      post === 1
        ? sendJson(response, { error: { message: "Oh." } }, 500)
        : sendJson(response, { created: 1, data: [{ b64_json: b64 }] }),
    );
    await writeManifest(directory.path, 3);
    expect((await batch("m.jsonl", "--concurrency", "1")).code).toBe(8);
    expect(raw.posts()).toBe(3);
  }
  const counts = (run: CliRun) =>
    JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "") as Record<string, number>;

  it("are known to a copy of the manifest: unknown ones are not sent, saved ones are saved", async () => {
    await runWithUnknown();
    await cp(at("m.jsonl"), at("m2.jsonl"));
    const copy = await batch("m2.jsonl", "--json");
    expect(copy.code).toBe(8);
    expect(counts(copy)).toMatchObject({ saved: 2, unknown: 1, waiting: 0 });
    expect(raw?.posts()).toBe(3);
    expect(counts(await batch("m2.jsonl", "--json"))).toMatchObject({ saved: 2, unknown: 1 });
    expect((await batch("m2.jsonl", "--retry-unknown")).code).toBe(0);
    expect(raw?.posts()).toBe(4);
  });

  it("are known after their folder was moved", async () => {
    await mkdir(at("one"));
    await cp(at("photo.png"), at("one/photo.png"));
    const b64 = await pngBase64();
    raw = await startRawServer((response, post) =>
      post === 1
        ? sendJson(response, { error: { message: "Oh." } }, 500)
        : sendJson(response, { created: 1, data: [{ b64_json: b64 }] }),
    );
    await writeManifest(at("one"), 3);
    const env = { RETOUCH_STATE_DIR: at(".state"), ...key, RETOUCH_BASE_URL: raw.url };
    await runBatch(at("one"), raw.url, ["--concurrency", "1"], { env });
    await rename(at("one"), at("two"));
    const moved = await runBatch(at("two"), raw.url, ["--json"], { env });
    expect(moved.code).toBe(8);
    expect(counts(moved)).toMatchObject({ saved: 2, unknown: 1, waiting: 0 });
    expect(moved.stderr).not.toContain("no longer");
    expect(raw.posts()).toBe(3);
    // Without the marker, the saved images are recognized by their bytes.
    await rm(at("two/.retouch"), { recursive: true });
    await rename(at("two"), at("three"));
    const bare = await runBatch(at("three"), raw.url, ["--json"], { env });
    expect(counts(bare)).toMatchObject({ saved: 2, unknown: 1, waiting: 0 });
    expect(raw.posts()).toBe(3);
  });

  it("are known after their folder was moved, also without their images", async () => {
    (await brokenServer()).fix();
    await mkdir(at("one"));
    await cp(at("photo.png"), at("one/photo.png"));
    await writeManifest(at("one"), 2);
    const env = { RETOUCH_STATE_DIR: at(".state"), ...key, RETOUCH_BASE_URL: raw?.url ?? "" };
    expect((await runBatch(at("one"), raw?.url ?? "", [], { env })).code).toBe(0);
    await rm(at("one/out"), { recursive: true });
    await rename(at("one"), at("two"));
    const moved = await runBatch(at("two"), raw?.url ?? "", ["--json"], { env });
    expect(counts(moved)).toMatchObject({ saved: 2, waiting: 0 });
    expect(moved.stderr).toContain("no longer");
    expect(raw?.posts()).toBe(2);
  });

  it("are known in another state directory", async () => {
    await runWithUnknown();
    const env = { RETOUCH_STATE_DIR: at(".other") };
    const other = await run(["batch", "run", "m.jsonl", "--json"], { env });
    expect(other.code).toBe(8);
    expect(counts(other)).toMatchObject({ saved: 2, unknown: 1, waiting: 0 });
    expect(raw?.posts()).toBe(3);
    const listed = await run(["recover", "--list", "--json"], { env });
    expect((JSON.parse(listed.stdout) as { edits: unknown[] }).edits).toHaveLength(1);
    // A run that was killed while it took the claim over leaves two, of which one says that it sent nothing.
    const claims = at(".retouch/claims");
    const [name = ""] = (await readdir(claims, { recursive: true })).filter((file) => file.includes("."));
    const claim = path.join(claims, name);
    const text = await readFile(claim, "utf8");
    await writeFile(at("other.journal"), '{"type":"journal","version":1}\n');
    const content = JSON.parse(text) as object;
    const unsent = JSON.stringify({ ...content, state: "held", token: "0", journal: at("other.journal") });
    for (const [main, aside] of [
      [unsent, text],
      [text, unsent],
    ] as const) {
      await writeFile(claim, main);
      await writeFile(`${claim}.${"0".repeat(16)}`, aside);
      const { stdout } = await run(["recover", "--list", "--json"], { env });
      expect((JSON.parse(stdout) as { edits: unknown[] }).edits).toHaveLength(1);
    }
    expect((await run(["batch", "run", "m.jsonl", "--retry-unknown"], { env })).code).toBe(0);
    expect(raw?.posts()).toBe(4);
  });

  it.runIf(hasSignals)("are not sent again by a copy that runs after kill -9", async () => {
    let kill = () => {};
    const b64 = await pngBase64();
    raw = await startRawServer((response, post) => {
      if (post === 1) kill();
      else sendJson(response, { data: [{ b64_json: b64 }] });
    });
    await writeManifest(directory.path, 2);
    const killed = await run(["batch", "run", "m.jsonl", "--concurrency", "1"], {
      during: (child) => {
        kill = () => child.kill("SIGKILL");
      },
    });
    expect(killed.code).toBe(null);
    await cp(at("m.jsonl"), at("m2.jsonl"));
    const copy = await batch("m2.jsonl", "--json");
    expect(copy.code).toBe(8);
    expect(counts(copy)).toMatchObject({ saved: 1, unknown: 1 });
    expect((await edit()).code).toBe(2);
    expect(raw.posts()).toBe(2);
    expect(await outputsOf(directory.path)).toEqual(["1.png"]);
  });

  /** Copies m.jsonl, resends its unknown row from there, and returns what became of it. */
  async function resendFromCopy(status: number, options: Partial<CliOptions> = {}): Promise<CliRun> {
    let posts = 0;
    raw = await startRawServer((response) => {
      posts++;
      if (posts === 1) sendJson(response, { error: { message: "Oh." } }, 500);
      else {
        response.setHeader("retry-after", "60");
        sendJson(response, { error: { message: "No." } }, status);
      }
    });
    await writeManifest(directory.path, 1);
    expect((await batch("m.jsonl")).code).toBe(8);
    await cp(at("m.jsonl"), at("m2.jsonl"));
    return run(["batch", "run", "m2.jsonl", "--retry-unknown", "--json"], options);
  }

  it("stay unknown when a copy of the manifest resends them and is rejected", async () => {
    const rejected = await resendFromCopy(400);
    expect([rejected.code, raw?.posts()]).toEqual([8, 2]);
    expect(counts(rejected)).toMatchObject({ unknown: 1, failed: 0 });
    const status = await run(["batch", "status", "m2.jsonl", "--json"]);
    expect(JSON.parse(status.stdout)).toMatchObject({ unknown: 1, failed: 0 });
    expect((await edit()).code).toBe(2);
    expect(raw?.posts()).toBe(2);
  });

  it.runIf(hasSignals)("stay unknown when a copy of the manifest resends them and is killed", async () => {
    const killed = await resendFromCopy(429, {
      async during(child) {
        const batches = at(".state/batches");
        await expect
          .poll(async () => {
            const files = (await readdir(batches)).map((name) => path.join(batches, name, "journal.jsonl"));
            const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
            return texts.some((text) => text.includes('"refused"'));
          })
          .toBe(true);
        child.kill("SIGKILL");
      },
    });
    expect(killed.code).toBe(null);
    // Nothing was billed by the copy; the first attempt may be.
    expect((await edit()).code).toBe(2);
    expect(raw?.posts()).toBe(2);
  });
});

it.runIf(hasSignals)("sends no row that a live run is sending, also with --take-over", async () => {
  const b64 = await pngBase64();
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let second: Promise<CliRun> | undefined;
  raw = await startRawServer((response) => {
    second ??= run(["batch", "run", "m.jsonl", "--take-over"], {
      during: (child) => void childSays(child, "were not sent").then(release, release),
    });
    void held.then(() => sendJson(response, { data: [{ b64_json: b64 }] }));
  });
  await writeManifest(directory.path, 1);
  const first = await batch("m.jsonl");
  expect(raw.posts()).toBe(1);
  expect(first.code).toBe(0);
  expect((await second)?.code).not.toBe(0);
});
