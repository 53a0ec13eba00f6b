import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { temporaryName } from "@retouch/client/node";
import sharp from "sharp";
import { afterEach, describe, expect, it } from "vitest";
import { type RawServer, sendJson, startRawServer } from "./support/raw-server.ts";
import { type CliRun, hasSignals, runCli } from "./support/run-cli.ts";
import { drawPhoto, pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
let raw: RawServer | undefined;
afterEach(async () => {
  await raw?.close();
  raw = undefined;
});

const run = (...argv: string[]): Promise<CliRun> =>
  runCli(argv, {
    cwd: directory.path,
    env: { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: raw?.url ?? "http://127.0.0.1:9" },
  });
const at = (...names: string[]) => path.join(directory.path, ...names);
const openEdits = async () => {
  const { stdout } = await run("recover", "--list", "--json");
  return (JSON.parse(stdout) as { edits: { id: string; state: string }[] }).edits;
};

/** Responds with an image URL that fails until `open` is called. */
async function lateServer(width = 64, height = 48): Promise<{ open(): void; silence(): void }> {
  const b64 = await pngBase64(width, height);
  let isOpen = false;
  let isSilent = false;
  raw = await startRawServer((response, _, request) => {
    if (request.method === "POST") sendJson(response, { created: 1, data: [{ url: `${raw?.url}/r.png` }] });
    else if (isSilent) response.writeHead(200).flushHeaders();
    else if (isOpen) response.end(Buffer.from(b64, "base64"));
    else response.writeHead(503).end();
  });
  return {
    open() {
      isOpen = true;
    },
    silence() {
      isSilent = true;
    },
  };
}

const pasteBack = [
  "edit",
  "photo.png",
  "-m",
  "acme-9",
  "-p",
  "x",
  "--mask-rect",
  "8,8,32,24",
  "--paste-back",
];
const pixel = async (file: string, left: number, top: number) => [
  ...(await sharp(file).removeAlpha().extract({ left, top, width: 1, height: 1 }).raw().toBuffer()),
];

describe("retouch recover", () => {
  it("applies the paste-back of an interrupted edit, and removes its temporary files", async () => {
    const server = await lateServer();
    expect((await run(...pasteBack)).code).toBe(8);
    server.open();
    const recovered = await run("recover");
    expect(recovered).toMatchObject({ code: 0, stdout: `${at("photo.edited.png")}\n` });
    expect(await pixel(at("photo.edited.png"), 2, 2)).toEqual(await pixel(at("photo.png"), 2, 2));
    expect(await pixel(at("photo.edited.png"), 24, 20)).toEqual([0xc0, 0x40, 0x20]);
    expect((await readdir(at(".state/edits"))).filter((name) => !name.endsWith(".jsonl"))).toEqual([]);
    expect(raw?.posts()).toBe(1);
  });

  it("puts the result of an interrupted `--crop` where it was cut out", async () => {
    await drawPhoto(at("large.png"), { width: 400, height: 300 });
    const server = await lateServer(124, 116);
    const argv = pasteBack.map(
      (word) => ({ "photo.png": "large.png", "8,8,32,24": "20,20,40,32" })[word] ?? word,
    );
    expect((await run(...argv, "--crop")).code).toBe(8);
    server.open();
    expect((await run("recover")).code).toBe(0);
    expect(await sharp(at("large.edited.png")).metadata()).toMatchObject({ width: 400, height: 300 });
    expect(await pixel(at("large.edited.png"), 40, 36)).toEqual([0xc0, 0x40, 0x20]);
    for (const [x, y] of [
      [19, 36],
      [40, 53],
      [120, 110],
      [390, 290],
    ] as const)
      expect(await pixel(at("large.edited.png"), x, y)).toEqual(await pixel(at("large.png"), x, y));
  });

  it("does not paste back from an image that has changed since, and reports that", async () => {
    const server = await lateServer();
    await run(...pasteBack);
    server.open();
    await sharp(at("photo.png")).negate().toFile(at("other.png"));
    await writeFile(at("photo.png"), await readFile(at("other.png")));
    const recovered = await run("recover");
    expect(recovered.code).toBe(0);
    expect(recovered.stderr).toContain("Nothing was pasted back");
    expect(await pixel(at("photo.edited.png"), 2, 2)).toEqual([0xc0, 0x40, 0x20]);
  });

  it("lists unknown edits, and removes dismissed ones", async () => {
    raw = await startRawServer((response) => response.socket?.destroy());
    expect((await run("edit", "photo.png", "-m", "acme-9", "-p", "x")).code).toBe(8);
    const [edit] = await openEdits();
    expect(edit).toMatchObject({ state: "unknown" });
    expect((await run("recover", "--dismiss", "nonsense")).code).toBe(2);
    expect((await run("recover", "--dismiss", edit?.id ?? "")).code).toBe(0);
    expect(await openEdits()).toEqual([]);
    expect(raw.posts()).toBe(1);
  });

  it("names and retains a response that it cannot read, and exits with 8", async () => {
    raw = await startRawServer((response) => response.end('{"created":1,"data":[]}'));
    await run("edit", "photo.png", "-m", "acme-9", "-p", "x");
    const [edit] = await openEdits();
    expect(edit).toMatchObject({ state: "answer kept" });
    const recovered = await run("recover");
    expect(recovered.code).toBe(8);
    const saved = at(".state/edits", `${edit?.id}.answer`);
    expect(recovered.stderr.split("\n")).toContain(saved);
    expect(await readFile(saved, "utf8")).toBe('{"created":1,"data":[]}');
  });

  it.each([
    ["--timeout", ["--timeout", "1"], {}],
    ["RETOUCH_TIMEOUT", [], { RETOUCH_TIMEOUT: "1" }],
  ])("waits for an image only as long as %s says", async (_, flags, env) => {
    const server = await lateServer();
    await run("edit", "photo.png", "-m", "acme-9", "-p", "x");
    server.silence();
    const recovered = await runCli(["recover", ...flags], { cwd: directory.path, env });
    expect([recovered.code, recovered.stderr]).toEqual([8, expect.stringContaining("no image within 1 s")]);
    expect(await openEdits()).toHaveLength(1);
  });

  it("shows no key that the stored response repeats", async () => {
    raw = await startRawServer((response, _, request) => {
      const content = `No: ${request.headers.authorization}`;
      sendJson(response, { choices: [{ message: { content } }] });
    });
    await run("edit", "photo.png", "-m", "acme-9", "-p", "x");
    const recovered = await run("recover", "--json");
    expect(recovered.code).toBe(8);
    expect(recovered.stderr).toContain("[redacted]");
    expect(recovered.stdout + recovered.stderr).not.toContain("0123456789");
  });

  it.runIf(hasSignals)(
    "writes the images of a response that was being read when its edit was killed",
    async () => {
      const b64 = await pngBase64();
      let kill: () => void = () => undefined;
      raw = await startRawServer((response) => {
        // Everything except the end: the edit is killed while it waits for the rest.
        response.writeHead(200, { "content-type": "application/json" });
        response.write(`{"created":1,"data":[{"b64_json":"${b64}"}]`, () => kill());
      });
      const killed = await runCli(["edit", "photo.png", "-m", "acme-9", "-p", "x"], {
        cwd: directory.path,
        env: { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: raw.url },
        during: (child) => {
          kill = () => setImmediate(() => child.kill("SIGKILL"));
        },
      });
      expect(killed.code).toBe(null);
      expect(await openEdits()).toHaveLength(1);
      const again = await run("recover");
      // Complete images of a truncated response are written; missing ones stay listed. Nothing is sent again.
      expect([0, 8]).toContain(again.code);
      expect(raw.posts()).toBe(1);
    },
  );
});

describe("a relative result URL", () => {
  it.each([
    ["a base URL with a path", {}, "/gateway/files/r.png"],
    ["a path of its own", { RETOUCH_PATH: "/images/edits" }, "/gateway/v1/files/r.png"],
    ["an old journal", {}, "/files/r.png"],
  ])("is resolved as when the edit was sent, with %s", async (name, env, url) => {
    const image = Buffer.from(await pngBase64(), "base64");
    let isOpen = false;
    const downloads: (string | undefined)[] = [];
    raw = await startRawServer((response, _, request) => {
      if (request.method === "POST") return sendJson(response, { data: [{ url: "files/r.png" }] });
      if (!isOpen) return response.writeHead(503).end();
      downloads.push(request.url);
      response.end(image);
    });
    const settings = { RETOUCH_API_KEY: "k-0123456789", RETOUCH_BASE_URL: `${raw.url}/gateway/v1`, ...env };
    await runCli(["edit", "photo.png", "-m", "acme-9", "-p", "x"], { cwd: directory.path, env: settings });
    isOpen = true;
    const [edit] = await openEdits();
    const journal = at(".state/edits", `${edit?.id}.jsonl`);
    const text = await readFile(journal, "utf8");
    if (name === "an old journal") await writeFile(journal, text.replace(/"root":"[^"]*",/, ""));
    // Whatever server the settings name by now.
    expect((await run("recover")).code).toBe(0);
    expect(downloads).toEqual([url]);
  });
});

describe("the journal", () => {
  it("removes edits that ended a month ago, but never one with a stored response", async () => {
    raw = await startRawServer((response) => sendJson(response, { error: { message: "No." } }, 400));
    const state = at(".state/edits");
    await mkdir(state, { recursive: true });
    const monthAgo = new Date(Date.now() - 31 * 86_400_000);
    for (const name of ["20200101T000000Z-00000001", "20200101T000000Z-00000002"]) {
      await writeFile(path.join(state, `${name}.jsonl`), "");
      await utimes(path.join(state, `${name}.jsonl`), monthAgo, monthAgo);
    }
    await writeFile(path.join(state, "20200101T000000Z-00000002.answer"), "{}");
    await run("edit", "photo.png", "-m", "acme-9", "-p", "x");
    const names = await readdir(state);
    expect(names).not.toContain("20200101T000000Z-00000001.jsonl");
    expect(names).toContain("20200101T000000Z-00000002.jsonl");
    expect(names).toContain("20200101T000000Z-00000002.answer");
    await rm(state, { recursive: true });
  });
});

describe("recover with an id and an output", () => {
  /** Sends edits whose images cannot be downloaded yet, and returns their ids. */
  async function unfinished(...names: string[]): Promise<string[]> {
    for (const name of names) {
      const sent = await run("edit", "photo.png", "-m", "acme-9", "-p", name, "-o", `gone/${name}.png`);
      expect(sent.code).toBe(8);
    }
    await rm(at("gone"), { recursive: true });
    return (await openEdits()).map(({ id }) => id);
  }

  it("writes one edit to a path, the rest into a folder, and leaves nothing", async () => {
    const server = await lateServer();
    const [first = ""] = await unfinished("a", "b", "c");
    server.open();
    const one = await run("recover", first, "-o", "there/one.png");
    expect([one.code, one.stdout]).toEqual([0, `${at("there/one.png")}\n`]);
    expect(await openEdits()).toHaveLength(2);
    const clash = await run("recover", "-o", "there/two.png");
    expect([clash.code, clash.stdout]).toEqual([2, ""]);
    // Of a process that was killed while it asked the file system for the time.
    const left = temporaryName().replace(`-${process.pid}-`, "-999999999-");
    const folders = [at(".state/claims/0"), at(".state/batches/b")];
    for (const folder of folders) {
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, left), "");
    }
    const rest = await run("recover", "-o", "rescued/");
    expect(rest.code).toBe(0);
    for (const folder of folders) expect(await readdir(folder)).not.toContain(left);
    expect(await readdir(at("rescued"))).toHaveLength(2);
    expect(rest.stdout.trim().split("\n")).toHaveLength(2);
    expect(await openEdits()).toEqual([]);
  });

  it("refuses an unknown id, a name that cannot be written, and flags that write nothing", async () => {
    const server = await lateServer();
    const [id = ""] = await unfinished("a");
    server.open();
    for (const argv of [
      ["no-such-id"],
      [id, "-o", `${"\u5b57".repeat(90)}.png`],
      ["--list", "-o", "x"],
      ["--dismiss", id, id],
    ])
      expect([argv, (await run("recover", ...argv)).code]).toEqual([argv, 2]);
    expect(await openEdits()).toHaveLength(1);
  });
});
