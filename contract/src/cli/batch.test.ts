import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import eventSchema from "@retouch/cli/schema/batch-event.schema.json" with { type: "json" };
import editSchema from "@retouch/cli/schema/edit.schema.json" with { type: "json" };
import { Ajv } from "ajv";
import { afterEach, describe, expect, it } from "vitest";
import { childSays } from "./support/child-says.ts";
import { endedPid, lockOwner } from "./support/lock-owner.ts";
import { type RawServer, sendJson, startRawServer } from "./support/raw-server.ts";
import { type CliOptions, type CliRun, hasSignals, runCli } from "./support/run-cli.ts";
import { pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
const validate = new Ajv({ strict: false }).addSchema(editSchema).compile(eventSchema);
let raw: RawServer | undefined;
afterEach(async () => {
  await raw?.close();
  raw = undefined;
});

async function manifest(count: number, name = "m.jsonl", extra: Record<string, unknown> = {}): Promise<void> {
  const rows = Array.from({ length: count }, (_, at) => ({
    id: `r${at}`,
    image: "photo.png",
    prompt: `number ${at}`,
    model: "gpt-image-1",
    output: `out/${at}.{ext}`,
    ...extra,
  }));
  await writeFile(path.join(directory.path, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}
function run(argv: readonly string[], options: Partial<CliOptions> = {}): Promise<CliRun> {
  return runCli(["batch", "run", ...argv], {
    cwd: directory.path,
    ...options,
    env: {
      RETOUCH_API_KEY: "sk-test-0123456789",
      RETOUCH_BASE_URL: raw?.url ?? "http://127.0.0.1:9",
      ...options.env,
    },
  });
}
const outputs = async () => (await readdir(path.join(directory.path, "out")).catch(() => [])).sort();
const events = (run: CliRun) =>
  run.stdout
    .trim()
    .split("\n")
    .map((line) => {
      const event: unknown = JSON.parse(line);
      expect(validate(event), JSON.stringify(validate.errors)).toBe(true);
      return event as { event: string; id?: string; sent?: boolean; saved?: number };
    });

async function goodServer(beforeResponse: (post: number) => void = () => undefined): Promise<RawServer> {
  const b64 = await pngBase64();
  raw = await startRawServer((response, post) => {
    beforeResponse(post);
    sendJson(response, { created: 1, data: [{ b64_json: b64 }], usage: { total_tokens: 10 } });
  });
  return raw;
}

describe("retouch batch run", () => {
  it("edits every row once, and nothing on a rerun", async () => {
    const server = await goodServer();
    await manifest(5);
    const first = await run(["m.jsonl", "--concurrency", "2", "--json"]);
    expect(first.code).toBe(0);
    expect(events(first).filter(({ event }) => event === "saved")).toHaveLength(5);
    expect(events(first).at(-1)).toMatchObject({ event: "done", saved: 5, exitCode: 0 });
    expect(await outputs()).toEqual(["0.png", "1.png", "2.png", "3.png", "4.png"]);
    expect((await run(["m.jsonl"])).code).toBe(0);
    expect(server.posts()).toBe(5);
  });

  it("identifies a row by its content and its input's bytes", async () => {
    const server = await goodServer();
    await manifest(2);
    await run(["m.jsonl"]);
    await manifest(3);
    await run(["m.jsonl"]);
    expect(server.posts()).toBe(3);
    await manifest(3, "m.jsonl", { quality: "low" });
    expect((await run(["m.jsonl", "--force"])).code).toBe(0);
    expect(server.posts()).toBe(6);
  });

  it("reads CSV with numbers, quotes and empty cells", async () => {
    const server = await goodServer();
    const csv =
      'id,image,prompt,model,n,quality,output\na,photo.png,"red, ""big""\nhat",gpt-image-1,1,,out/a.png\n';
    await writeFile(path.join(directory.path, "m.csv"), `\ufeff${csv}`);
    expect(await run(["m.csv"])).toMatchObject({ code: 0 });
    expect(server.posts()).toBe(1);
    expect(await outputs()).toEqual(["a.png"]);
  });

  it("rejects an entire manifest with invalid rows and names every invalid line", async () => {
    const server = await goodServer();
    const lines = [
      '{"image":"photo.png","prompt":"x","model":"gpt-image-1","output":"out/a.png"}',
      '{"image":"nope.png","prompt":"x","model":"gpt-image-1","output":"out/b.png"}',
      "{",
      '{"image":"photo.png","prompt":"x","model":"gpt-image-1","n":99,"output":"out/c.png"}',
      '{"image":"photo.png","promt":"x","model":"gpt-image-1","output":"out/d.png"}',
      '{"image":"photo.png","prompt":"x","model":"gpt-image-1","output":"../e.png"}',
      '{"image":"photo.png","prompt":"x","model":"gpt-image-1","output":"out/a.png"}',
      '{"image":"photo.png","prompt":"x","model":"gpt-image-1","mask":7,"output":"out/f.png"}',
    ];
    await writeFile(path.join(directory.path, "m.jsonl"), lines.join("\n"));
    const refused = await run(["m.jsonl"]);
    expect(refused.code).toBe(2);
    for (const line of [2, 3, 4, 5, 6, 7, 8]) expect(refused.stderr).toContain(`m.jsonl:${line}:`);
    expect(refused.stderr).not.toContain("m.jsonl:1:");
    expect(server.posts()).toBe(0);
    expect((await run(["m.jsonl", "--skip-invalid"])).code).toBe(3);
    expect(server.posts()).toBe(1);
  });

  it("sends failed and unknown rows again only with a flag", async () => {
    let bad: number | undefined = 400;
    const b64 = await pngBase64();
    raw = await startRawServer((response) =>
      bad === undefined
        ? sendJson(response, { created: 1, data: [{ b64_json: b64 }] })
        : sendJson(response, { error: { message: "No.", code: "odd" } }, bad),
    );
    await manifest(1);
    expect((await run(["m.jsonl"])).code).toBe(3);
    expect((await run(["m.jsonl"])).code).toBe(3);
    expect(raw.posts()).toBe(1);
    bad = 500;
    expect((await run(["m.jsonl", "--retry-failed"])).code).toBe(8);
    expect((await run(["m.jsonl", "--retry-failed"])).code).toBe(8);
    expect(raw.posts()).toBe(2);
    bad = undefined;
    expect((await run(["m.jsonl", "--retry-unknown"])).code).toBe(0);
    expect(raw.posts()).toBe(3);
  });

  it.runIf(hasSignals)(
    "finishes rows from their stored response after kill -9, without a second bill",
    async () => {
      const seen = new Map<string, number>();
      const b64 = await pngBase64();
      let kill: () => void = () => undefined;
      raw = await startRawServer((response, post) => {
        sendJson(response, { created: 1, data: [{ b64_json: b64 }] });
        if (post === 3) kill();
      });
      await manifest(8);
      const killed = await run(["m.jsonl", "--concurrency", "2"], {
        during: (child) => {
          kill = () => child.kill("SIGKILL");
        },
      });
      expect(killed.code).toBe(null);
      const again = await run(["m.jsonl", "--retry-unknown", "--json"]);
      expect(again.code).toBe(0);
      expect(await outputs()).toEqual(Array.from({ length: 8 }, (_, at) => `${at}.png`));
      for (const { id } of events(again)) seen.set(id ?? "", (seen.get(id ?? "") ?? 0) + 1);
      // Two may have been in flight: only those may be sent again, because the flag asks for it.
      expect(raw.posts()).toBeLessThanOrEqual(10);
      const before = raw.posts();
      expect((await run(["m.jsonl"])).code).toBe(0);
      expect(raw.posts()).toBe(before);
    },
  );

  it("writes the stored response of a killed run before it sends anything", async () => {
    const server = await goodServer();
    await manifest(2);
    await run(["m.jsonl"]);
    const state = path.join(
      directory.path,
      ".state/batches",
      (await readdir(path.join(directory.path, ".state/batches")))[0] ?? "",
    );
    const journal = path.join(state, "journal.jsonl");
    const lines = (await readFile(journal, "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; id: string });
    const [id = ""] = lines.filter(({ type }) => type === "saved").map((line) => line.id);
    // The state after a kill between the response and the rename.
    await writeFile(
      journal,
      lines
        .filter((line) => line.type !== "saved" || line.id !== id)
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(""),
    );
    await writeFile(
      path.join(state, `${id}.answer`),
      JSON.stringify({ created: 1, data: [{ b64_json: await pngBase64() }] }),
    );
    await rm(path.join(directory.path, "out"), { recursive: true });
    const again = await run(["m.jsonl", "--json"]);
    expect(again.code).toBe(0);
    expect(events(again)[0]).toMatchObject({ event: "saved", sent: false });
    expect(await outputs()).toHaveLength(1);
    expect(server.posts()).toBe(2);
  });

  it("allows one run per manifest at a time, and takes over the lock of an ended process", async () => {
    let second: Promise<CliRun> | undefined;
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const b64 = await pngBase64();
    raw = await startRawServer((response) => {
      second ??= run(["m.jsonl"]);
      void second.then(release);
      void held.then(() => sendJson(response, { created: 1, data: [{ b64_json: b64 }] }));
    });
    await manifest(1);
    expect((await run(["m.jsonl"])).code).toBe(0);
    expect(await second).toMatchObject({ code: 2 });
    expect((await second)?.stderr).toContain("is being run by process");
    expect(raw.posts()).toBe(1);

    const state = path.join(
      directory.path,
      ".state/batches",
      (await readdir(path.join(directory.path, ".state/batches")))[0] ?? "",
    );
    await writeFile(path.join(state, "lock"), JSON.stringify(lockOwner(endedPid)));
    expect((await run(["m.jsonl"])).code).toBe(0);
  });

  it("rejects existing outputs that it did not write, before sending", async () => {
    const server = await goodServer();
    await manifest(2);
    await mkdir(path.join(directory.path, "out"));
    await writeFile(path.join(directory.path, "out/1.webp"), "mine");
    expect((await run(["m.jsonl"])).code).toBe(10);
    expect(server.posts()).toBe(0);
    expect((await run(["m.jsonl", "--skip-existing"])).code).toBe(0);
    expect(server.posts()).toBe(1);
  });

  it("does not exceed the budget", async () => {
    const server = await goodServer();
    await manifest(3);
    expect(await run(["m.jsonl", "--max-cost", "0.01"])).toMatchObject({ code: 9 });
    await manifest(1, "acme.jsonl", { model: "acme-9" });
    expect((await run(["acme.jsonl", "--max-cost", "100"])).stderr).toContain("unknown");
    expect(server.posts()).toBe(0);
    expect((await run(["m.jsonl", "--dry-run"])).stdout).toMatch(/at most USD \d/);
    expect((await run(["m.jsonl", "--max-cost", "100"])).code).toBe(0);
  });

  it("stops after the first failure with --fail-fast, and resumes later", async () => {
    let bad = true;
    const b64 = await pngBase64();
    raw = await startRawServer((response) =>
      bad
        ? sendJson(response, { error: { message: "No." } }, 400)
        : sendJson(response, { data: [{ b64_json: b64 }] }),
    );
    await manifest(4);
    expect((await run(["m.jsonl", "--fail-fast", "--concurrency", "1"])).code).toBe(3);
    expect(raw.posts()).toBe(1);
    bad = false;
    expect((await run(["m.jsonl", "--retry-failed"])).code).toBe(0);
    expect(raw.posts()).toBe(5);
  });

  it.runIf(hasSignals)("waits for edits in flight on SIGINT, and sends no more", async () => {
    const b64 = await pngBase64();
    let interrupt: () => Promise<void> = async () => undefined;
    raw = await startRawServer(async (response) => {
      // The server does not respond until the run has received the signal; otherwise it could send the next row first.
      await interrupt();
      sendJson(response, { data: [{ b64_json: b64 }] });
    });
    await manifest(6);
    const stopped = await run(["m.jsonl", "--concurrency", "1", "--rate", "5/s"], {
      during(child) {
        interrupt = async () => {
          const stopping = childSays(child, "Stopping");
          child.kill("SIGINT");
          await stopping;
        };
      },
    });
    interrupt = async () => undefined;
    expect(stopped.code).toBe(130);
    expect(raw.posts()).toBe(1);
    expect(await outputs()).toEqual(["0.png"]);
    expect((await run(["m.jsonl"])).code).toBe(0);
    expect(raw.posts()).toBe(6);
  });

  it.runIf(hasSignals)("says in status that the records of a manifest cannot be read", async () => {
    await goodServer();
    await manifest(1);
    await run(["m.jsonl"]);
    const batches = path.join(directory.path, ".state/batches");
    const [name = ""] = await readdir(batches);
    const journal = path.join(batches, name, "journal.jsonl");
    await rm(journal);
    // A link to itself, which not even root can open.
    await symlink(journal, journal);
    const status = await runCli(["batch", "status", "m.jsonl"], { cwd: directory.path });
    expect(status).toMatchObject({ code: 2, stdout: "" });
    expect(status.stderr).toBe(`error: ${journal} cannot be read (ELOOP). Check the disk that it is on.\n`);
    await symlink("loop", path.join(directory.path, "loop"));
    const lost = await runCli(["batch", "status", "loop"], { cwd: directory.path });
    expect(lost.stderr).toContain("loop cannot be read (ELOOP). Check its path and your access to it.");
  });

  it("reports the progress of a manifest in status", async () => {
    await goodServer();
    await manifest(2);
    expect((await runCli(["batch", "status", "m.jsonl"], { cwd: directory.path })).stderr).toContain(
      "has not been run",
    );
    await run(["m.jsonl"]);
    const status = await runCli(["batch", "status", "m.jsonl", "--json"], { cwd: directory.path });
    expect(JSON.parse(status.stdout)).toMatchObject({
      total: 2,
      saved: 2,
      failed: 0,
      unknown: 0,
      waiting: 0,
      unknownRows: [],
      tokens: 20,
    });
  });
});

describe("retouch batch init", () => {
  it("creates a manifest that preserves the directory tree and runs unchanged", async () => {
    const server = await goodServer();
    await mkdir(path.join(directory.path, "in/a b"), { recursive: true });
    for (const name of ["in/one.png", "in/a b/two.png"]) {
      await writeFile(
        path.join(directory.path, name),
        await readFile(path.join(directory.path, "photo.png")),
      );
    }
    for (const name of ["m.jsonl", "m.csv"]) {
      const made = await runCli(
        ["batch", "init", "in", "-r", "-m", "gpt-image-1", "-p", 'a "b", c', "-o", name],
        { cwd: directory.path },
      );
      expect(made.code).toBe(0);
      expect((await run([name, "--out-dir", name.slice(2)])).code).toBe(0);
      expect(
        (await readdir(path.join(directory.path, name.slice(2)), { recursive: true }))
          .filter((file) => file.endsWith(".png"))
          .sort(),
      ).toEqual(["edited/a b/two.png", "edited/one.png"].map((file) => path.normalize(file)));
    }
    expect(server.posts()).toBe(4);
    // As outputs do, it gets the folder that it is written into.
    const placed = ["batch", "init", "photo.png", "-p", "x", "-o", "new/folder/m.jsonl"];
    expect(await runCli(placed, { cwd: directory.path })).toMatchObject({ code: 0 });
    expect(await readFile(path.join(directory.path, "new/folder/m.jsonl"), "utf8")).toContain(
      "../../photo.png",
    );
  });
});
