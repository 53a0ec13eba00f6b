import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import schema from "@retouch/cli/schema/edit.schema.json" with { type: "json" };
import { type MockServer, startMockServer } from "@retouch/mock/server";
import { Ajv } from "ajv";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { closedHost } from "../support/closed-host.ts";
import { heldSeconds, withHeldDeadline } from "./support/held-deadline.ts";
import { type RawServer, sendJson, startRawServer } from "./support/raw-server.ts";
import { type CliOptions, type CliRun, hasSignals, runCli } from "./support/run-cli.ts";
import { drawPhoto, pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
const validate = new Ajv({ strict: false }).compile(schema);
const key = { RETOUCH_API_KEY: "sk-test-0123456789" };
let mock: MockServer;
let raw: RawServer | undefined;

beforeAll(async () => {
  // Tests that depend on the image check it: drawing one is much faster than editing one.
  mock = await startMockServer({ render: "drawn" });
});
afterEach(async () => {
  mock.reset();
  await raw?.close();
  raw = undefined;
});
afterAll(() => mock.close());

function edit(argv: readonly string[], options: Partial<CliOptions> = {}): Promise<CliRun> {
  const server = raw?.url ?? mock.url;
  return runCli(["edit", ...argv], {
    cwd: directory.path,
    ...options,
    env: { ...key, RETOUCH_BASE_URL: server, RETOUCH_MODEL: "gpt-image-1", ...options.env },
  });
}
const files = async () => (await readdir(directory.path)).filter((name) => !name.startsWith(".")).sort();
const document = (run: CliRun) => {
  const value: unknown = JSON.parse(run.stdout);
  expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
  return value as {
    error?: { code: string; outcome: string; rawAnswer?: string; urls?: string[] };
    images: { path: string }[];
  };
};

describe("retouch edit", () => {
  it("writes the image next to its input and prints only its path to stdout", async () => {
    const run = await edit(["photo.png", "-p", "dusk", "--size", "1024x1024"]);
    expect(run).toMatchObject({ code: 0, stdout: `${path.join(directory.path, "photo.edited.png")}\n` });
    expect(await sharp(path.join(directory.path, "photo.edited.png")).metadata()).toMatchObject({
      width: 1024,
      height: 1024,
    });
    expect(mock.requests).toHaveLength(1);
  });

  it("numbers several images in order", async () => {
    const run = await edit(["photo.png", "-p", "dusk", "-n", "2"]);
    expect(run.stdout.trim().split("\n")).toEqual(
      [1, 2].map((n) => path.join(directory.path, `photo.edited-${n}.png`)),
    );
  });

  it("matches the extension to the bytes, and reports the change", async () => {
    const run = await edit(["photo.png", "-p", "dusk", "-o", "new/deep/x.jpg"]);
    expect(run.stdout.trim()).toBe(path.join(directory.path, "new/deep/x.png"));
    expect(run.stderr).toContain("image/png");
    expect(mock.requests[0]).toBeDefined();
  });

  it("writes the bytes to stdout and nothing else there", async () => {
    const run = await edit(["-", "-p", "dusk", "-o", "-"], {
      input: await readFile(path.join(directory.path, "photo.png")),
    });
    expect(run.code).toBe(0);
    expect((await sharp(run.stdoutBytes).metadata()).format).toBe("png");
    expect(await files()).toEqual(["photo.png"]);
  });

  it("prints one document with --json", async () => {
    const run = await edit(["photo.png", "-p", "dusk", "--json"]);
    expect(document(run)).toMatchObject({
      images: [{ path: path.join(directory.path, "photo.edited.png"), mediaType: "image/png" }],
      usage: { totalTokens: expect.any(Number) },
      requestId: expect.any(String),
      warnings: expect.any(Array),
    });
  });

  it("needs no key, no server and no network with --mock", async () => {
    const run = await runCli(["edit", "photo.png", "-m", "gpt-image-1", "-p", "dusk", "--mock"], {
      cwd: directory.path,
    });
    expect(run.code).toBe(0);
    expect(await files()).toEqual(["photo.edited.png", "photo.png"]);
  });

  it("edits each image of a directory tree and preserves the tree", async () => {
    await mkdir(path.join(directory.path, "in/a"), { recursive: true });
    await drawPhoto(path.join(directory.path, "in/one.png"));
    await drawPhoto(path.join(directory.path, "in/a/two.png"));
    const run = await edit(["in", "-r", "--each", "-p", "dusk", "-o", "out/{rel}/{name}.{ext}", "--json"]);
    expect(document(run).images.map((image) => path.relative(directory.path, image.path))).toEqual([
      path.join("out", "a", "two.png"),
      path.join("out", "one.png"),
    ]);
    expect(mock.requests).toHaveLength(2);
  });

  it("closes the journal and removes the stored response", async () => {
    await edit(["photo.png", "-p", "a secret wish"]);
    const state = path.join(directory.path, ".state/edits");
    const [journal = "", ...others] = await readdir(state);
    expect(others).toEqual([]);
    const text = await readFile(path.join(state, journal), "utf8");
    expect(
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).type),
    ).toEqual(["journal", "planned", "sent", "saved"]);
    expect(text).not.toContain("secret");
    expect(text).not.toContain(key.RETOUCH_API_KEY);
    if (process.platform !== "win32")
      expect((await stat(path.join(state, journal))).mode & 0o777).toBe(0o600);
  });

  it("sends --markup as a file, and exits 2 with --mask beside it", async () => {
    const pixels = { create: { width: 48, height: 32, channels: 4 as const, background: "#f008" } };
    const { width, height } = await sharp(path.join(directory.path, "photo.png")).metadata();
    const note = sharp({ create: { ...pixels.create, width, height } });
    await note.png().toFile(path.join(directory.path, "note.png"));
    const words = ["photo.png", "-m", "gpt-image-2.5-flare", "--markup", "note.png", "-p", "dusk"];
    expect(await edit(words)).toMatchObject({ code: 0 });
    const [sent] = mock.requests;
    expect(sent?.parts.find(({ name }) => name === "markup")?.filename).toBe("note.png");
    for (const flags of [
      ["--mask", "note.png"],
      ["--mask-rect", "1,1,4,4"],
    ]) {
      const run = await edit([...words, ...flags]);
      expect(run.code).toBe(2);
      expect(run.stderr).toContain(`\`--markup\` and \`${flags[0]}\` exclude each other`);
    }
    expect(await edit(["photo.png", "-p", "dusk", "--markup", "note.png", "-o", "b.png"])).toMatchObject({
      code: 2,
    });
    expect(mock.requests).toHaveLength(1);
  });

  it("puts the original's pixels back outside the mask, and measures the drift", async () => {
    await drawPhoto(path.join(directory.path, "wide.png"), { width: 96, height: 64 });
    const argv = ["-p", "dusk", "--mask-rect", "8,8,16,16", "--paste-back", "--json", "--size", "1536x1024"];
    expect(document(await edit(["wide.png", ...argv])).images[0]).toMatchObject({
      drift: { changedShare: expect.any(Number), meanDifference: expect.any(Number) },
    });
    // 4:3 pixels have no counterpart in a 3:2 image: it is written unchanged, with a warning.
    expect(document(await edit(["photo.png", ...argv]))).toMatchObject({
      warnings: [{ code: "aspect_ratio_mismatch" }],
    });
  });
});

it("sends only the surroundings of the mask with --crop, and writes the original's size", async () => {
  await drawPhoto(path.join(directory.path, "large.png"), { width: 900, height: 700 });
  const argv = ["-p", "dusk", "--mask-rect", "100,100,200,100", "--paste-back", "--crop", "--json"];
  expect(document(await edit(["large.png", ...argv])).images[0]).toMatchObject({ width: 900, height: 700 });
  const size = mock.requests[0]?.parts.find(({ name }) => name === "size");
  expect(size?.value).toBe("1536x1024");
  const pixels = async (name: string) =>
    sharp(path.join(directory.path, name))
      .ensureAlpha()
      .extract({ left: 0, top: 201, width: 900, height: 499 })
      .raw()
      .toBuffer();
  expect((await pixels("large.edited.png")).equals(await pixels("large.png"))).toBe(true);
});

describe("an invalid command line", () => {
  it.each([
    [["nope.png", "-p", "x"], "does not exist"],
    [["phto.png", "-p", "x"], "Did you mean `photo.png`?"],
    [[".", "-p", "x"], "is a folder"],
    [["text.txt", "-p", "x"], "image"],
    [["photo.png", "-p", "x", "-n", "0"], "1 to 10"],
    [["photo.png", "-p", "x", "-n", "abc"], "integer"],
    [["photo.png", "-p", "x", "--qualty", "high"], "--quality"],
    [["photo.png", "-p", "x", "--quality", "hgh"], "Did you mean `high`?"],
    [["photo.png", "-p", "x", "--size", "7x7"], "1024x1024"],
    [["photo.png", "-p", "x", "--response-format", "url"], "--response-format"],
    [["photo.png", "-p", "--quality", "high"], "`--quality`, which follows it, is a flag"],
    [["photo.png"], "-p"],
    [["photo.png", "-p", ""], "empty"],
    [["photo.png", "-p", " \n"], "empty"],
    [["photo.png", "-p", "x", "-o", "taken.jpg", "--force"], "a directory has that name"],
    [["photo.png", "photo.png", "--each", "-p", "x"], "would both be written"],
    [["photo.png", "photo.png", "--each", "-p", "x", "--force"], "would both be written"],
    [["photo.png", "-p", "x", "-o", "text.txt/x.png"], "cannot be written"],
    [["photo.png", "-p", "x", "--mask-rect", "1,2,3"], "X,Y,W,H"],
    [["photo.png", "-p", "x", "--paste-back"], "needs a mask"],
    [["photo.png", "-p", "x", "--mask-rect", "1,1,9,9", "--crop"], "`--crop` needs `--paste-back`"],
    [["photo.png", "-p", "x", "-o", "{nmae}.png"], "{name}"],
    [["photo.png", "-p", "x", "--base-url", "http://192.0.2.1"], "--insecure-http"],
    [["photo.png", "-p", "x", "--param", "n=3"], "Use `-n`"],
    [["photo.png", "-", "-p", "x", "--no-input"], "--no-input"],
  ])("reports a usage error with code 2 and without a request: %j", async (argv, message) => {
    await writeFile(path.join(directory.path, "text.txt"), "not an image");
    await mkdir(path.join(directory.path, "taken.png"));
    const run = await edit(argv);
    expect(run.stderr).toContain(message);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(mock.requests).toEqual([]);
  });

  it("names both ways to give a model", async () => {
    const run = await edit(["photo.png", "-p", "x"], { env: { RETOUCH_MODEL: "" } });
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("-m");
    expect(run.stderr).toContain("RETOUCH_MODEL");
  });

  it("still prints a document with --json", async () => {
    const run = await edit(["photo.png", "-p", "x", "--quality", "hd", "--json"]);
    expect(run.code).toBe(2);
    expect(document(run).error).toMatchObject({ outcome: "not-sent" });
    expect(document(await edit(["photo.png", "--qualty", "x", "--json"])).error).toMatchObject({
      code: "usage",
    });
  });
});

describe("the overwrite guard", () => {
  it.each(["photo.edited.png", "photo.edited.webp"])("sends nothing when %s exists", async (name) => {
    await writeFile(path.join(directory.path, name), "mine");
    for (const flags of [["--each"], ["-o", "photo.edited.{ext}"]]) {
      const run = await edit(["photo.png", "-p", "x", ...flags]);
      expect(run.code).toBe(10);
      expect(run.stderr).toContain(name);
    }
    expect(mock.requests).toEqual([]);
    expect(await readFile(path.join(directory.path, name), "utf8")).toBe("mine");
  });

  it("skips with --skip-existing and overwrites with --force", async () => {
    await writeFile(path.join(directory.path, "photo.edited.png"), "mine");
    expect(await edit(["photo.png", "-p", "x", "--skip-existing"])).toMatchObject({ code: 0, stdout: "" });
    expect(mock.requests).toEqual([]);
    expect((await edit(["photo.png", "-p", "x", "--force"])).code).toBe(0);
    expect((await sharp(path.join(directory.path, "photo.edited.png")).metadata()).format).toBe("png");
  });
});

describe("exit codes", () => {
  it.each([
    ["unauthorized", 4, "rejected"],
    ["rate-limited", 5, "rejected"],
    ["quota", 5, "rejected"],
    ["moderation", 6, "rejected"],
    ["model-not-found", 1, "rejected"],
    ["server-error", 8, "unknown"],
    ["html-524", 8, "unknown"],
    ["reset", 8, "unknown"],
    ["truncated", 8, "unknown"],
    ["empty", 8, "unknown"],
  ] as const)("reports %s with exit code %i", async (scenario, code, outcome) => {
    const server = await startMockServer({ scenario, render: "drawn" });
    try {
      const run = await edit(["photo.png", "-p", "x", "--json", "--timeout", "60"], {
        env: { RETOUCH_BASE_URL: server.url },
      });
      expect(run.code).toBe(code);
      expect(document(run).error).toMatchObject({ outcome });
      expect(await files()).toEqual(["photo.png"]);
    } finally {
      await server.close();
    }
  });

  it("reports a missing key with 4, and where OPENAI_API_KEY would be used", async () => {
    const run = await edit(["photo.png", "-p", "x"], {
      env: { RETOUCH_API_KEY: "", OPENAI_API_KEY: "sk-openai" },
    });
    expect(run.code).toBe(4);
    expect(run.stderr).toContain("--base-url https://api.openai.com");
    expect(mock.requests).toEqual([]);
  });

  it("reports a closed port with 7", async () => {
    const env = { RETOUCH_BASE_URL: `http://${closedHost}` };
    const run = await edit(["photo.png", "-p", "x", "--json"], { env });
    expect(run.code).toBe(7);
    expect(document(run).error).toMatchObject({ outcome: "not-sent" });
  });

  it("reports a silent server with 8", async () => {
    let passDeadline = (): void => undefined;
    raw = await startRawServer(() => passDeadline());
    const run = await edit(["photo.png", "-p", "x", "--timeout", String(heldSeconds)], {
      env: withHeldDeadline,
      during: ({ stdin }) => {
        passDeadline = () => stdin?.end();
      },
    });
    expect(run.code).toBe(8);
    expect(run.stderr).toContain("billed");
  });

  it.runIf(hasSignals).each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("reports %s with %i, and the edits that may have been billed", async (signal, code) => {
    let interrupt: () => void = () => undefined;
    raw = await startRawServer(() => interrupt());
    const run = await runCli(["edit", "photo.png", "-m", "gpt-image-1", "-p", "x"], {
      cwd: directory.path,
      env: { ...key, RETOUCH_BASE_URL: raw.url },
      during: (child) => {
        interrupt = () => child.kill(signal);
      },
    });
    expect(run.code).toBe(code);
    expect(run.stderr).toContain("may be billed");
    expect(await files()).toEqual(["photo.png"]);
  });
});

describe("a billed response", () => {
  it.each([
    ["an error in a 200", { error: { message: "Upstream is sad", code: "sad" } }],
    ["no image", { created: 1, data: [] }],
  ])("saves a billed response with %s and prints its path", async (_, body) => {
    raw = await startRawServer((response) => sendJson(response, body));
    const run = await edit(["photo.png", "-p", "x"]);
    expect(run.code).toBe(8);
    const file = run.stderr.split("\n").find((line) => line.startsWith(path.join(directory.path, ".state")));
    expect(JSON.parse(await readFile(file ?? "", "utf8"))).toEqual(body);
    expect(raw.posts()).toBe(1);
  });

  it("prints the complete URL of an image that cannot be fetched", async () => {
    raw = await startRawServer((response, _, request) => {
      if (request.method === "GET") response.writeHead(404).end();
      else
        sendJson(response, {
          created: 1,
          data: [{ url: `${raw?.url}/r.png?sig=a%20b&x=${"y".repeat(200)}` }],
        });
    });
    const run = await edit(["photo.png", "-p", "x", "--json"]);
    expect(run.code).toBe(8);
    const url = `${raw.url}/r.png?sig=a%20b&x=${"y".repeat(200)}`;
    expect(run.stderr.split("\n")).toContain(url);
    expect(document(run).error?.urls).toEqual([url]);
  });

  it("follows a redirect of an image URL without sending the key", async () => {
    const image = Buffer.from(await pngBase64(), "base64");
    const gets: string[] = [];
    raw = await startRawServer((response, _, { method, url, headers }) => {
      if (method === "POST") return sendJson(response, { created: 1, data: [{ url: `${raw?.url}/1` }] });
      gets.push(`${url} ${headers.authorization}`);
      if (url === "/1") response.writeHead(307, { location: "/signed/2?sig=a" }).end();
      else response.end(image);
    });
    const run = await edit(["photo.png", "-p", "x"]);
    expect(run).toMatchObject({ code: 0, stdout: `${path.join(directory.path, "photo.edited.png")}\n` });
    expect(image.equals(await readFile(path.join(directory.path, "photo.edited.png")))).toBe(true);
    expect(gets).toEqual(["/1 undefined", "/signed/2?sig=a undefined"]);
    expect(raw.posts()).toBe(1);
  });

  it("prints the original URL when it redirects into a private network", async () => {
    raw = await startRawServer((response, _, { method }) => {
      if (method === "POST") sendJson(response, { created: 1, data: [{ url: `${raw?.url}/1` }] });
      else response.writeHead(302, { location: "https://169.254.169.254/?sig=a" }).end();
    });
    const run = await edit(["photo.png", "-p", "x", "--json"]);
    expect(run.code).toBe(8);
    expect(document(run).error).toMatchObject({ outcome: "unknown", urls: [`${raw.url}/1`] });
    expect(run.stderr).toContain("redirects to a URL that is in a private or reserved network");
    expect(run.stderr).not.toContain("sig=a");
  });

  it("writes a stored response later with recover, without a request", async () => {
    const b64 = await pngBase64();
    let isOpen = false;
    raw = await startRawServer((response, _, request) => {
      if (request.method === "POST") sendJson(response, { created: 1, data: [{ url: `${raw?.url}/r.png` }] });
      else if (isOpen) response.end(Buffer.from(b64, "base64"));
      else response.writeHead(503).end();
    });
    expect((await edit(["photo.png", "-p", "x"])).code).toBe(8);
    isOpen = true;
    const run = await runCli(["recover"], { cwd: directory.path, env: { RETOUCH_BASE_URL: raw.url } });
    expect(run).toMatchObject({ code: 0, stdout: `${path.join(directory.path, "photo.edited.png")}\n` });
    expect(raw.posts()).toBe(1);
    expect((await runCli(["recover"], { cwd: directory.path })).stderr).toContain("Nothing to recover");
  });

  it("never moves the cursor or sets a title with text from the server", async () => {
    raw = await startRawServer((response) =>
      sendJson(
        response,
        { error: { message: "\u001b]0;owned\u0007\u001b[2Jbad \u009b31m prompt", code: "x" } },
        400,
      ),
    );
    const run = await edit(["photo.png", "-p", "x"]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("bad");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the test searches for control characters
    expect(run.stderr.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });
});
