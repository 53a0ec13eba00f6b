import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RawServer, startRawServer } from "./support/raw-server.ts";
import { type CliRun, hasSignals, runCli } from "./support/run-cli.ts";
import { drawPhoto, useWorkDirectory } from "./support/work-directory.ts";

const pretendHost = fileURLToPath(new URL("support/pretend-host.cjs", import.meta.url));
const directory = useWorkDirectory();
let mock: MockServer;
beforeAll(async () => {
  mock = await startMockServer({ render: "drawn", keepBytes: true });
});
afterEach(() => mock.reset());
afterAll(() => mock.close());

const at = (...names: string[]) => path.join(directory.path, ...names);
function edit(
  argv: readonly string[],
  input?: string,
  env: Readonly<Record<string, string>> = {},
): Promise<CliRun> {
  return runCli(["edit", ...(argv.includes("-m") ? [] : ["-m", "acme-9"]), ...argv], {
    cwd: directory.path,
    ...(input === undefined ? {} : { input }),
    env: { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: mock.url, ...env },
  });
}
const parts = (request = 0) => mock.requests[request]?.parts ?? [];
const text = (name: string) => parts().find((part) => part.name === name)?.value;
const mask = () => parts().find(({ name }) => name === "mask")?.bytes ?? new Uint8Array();

describe("input images", () => {
  it("expands globs in order, as one edit or one edit each", async () => {
    await mkdir(at("in/deep"), { recursive: true });
    for (const name of ["in/b.png", "in/a.png", "in/deep/c.png"]) await drawPhoto(at(name));
    await writeFile(at("in/notes.txt"), "not an image");
    expect((await edit(["in/**/*.png", "-p", "x", "-o", "one.png"])).code).toBe(0);
    expect(parts().filter(({ filename }) => filename !== undefined)).toHaveLength(3);
    expect(
      (await edit(["in/*.png", "--each", "-p", "x", "-o", "out/{name}.{ext}"])).stdout.split("\n"),
    ).toEqual([at("out/a.png"), at("out/b.png"), ""]);
    expect(mock.requests).toHaveLength(3);
  });

  it("rejects a glob without matches and sends nothing", async () => {
    const run = await edit(["*.webp", "-p", "x"]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("*.webp");
    expect(mock.requests).toEqual([]);
  });

  it.runIf(hasSignals)("names an image that cannot be read once", async () => {
    await mkdir(at("in"));
    spawnSync("/usr/bin/mkfifo", [at("in/pipe.png")]);
    await drawPhoto(at("in/a.png"));
    const alone = await edit(["in/pipe.png", "-p", "x"]);
    expect(alone.stderr).toContain(
      "error: `image` (in/pipe.png) is a pipe. Give the path of an image file.\n",
    );
    const each = await edit(["in/pipe.png", "in/a.png", "-p", "x", "--each"]);
    expect(each.stderr).toContain("error: in/pipe.png: `image` is a pipe. Give the path of an image file.\n");
  });

  it("does not fetch images from a private network, and never sends them the key", async () => {
    const inner = await startRawServer((response) => response.end("secret"));
    const run = await edit([`${inner.url}/p.png?token=MARKER`, "-p", "x"]);
    await inner.close();
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("127.0.0.1");
    expect(run.stderr).not.toContain("MARKER");
    expect(mock.requests).toEqual([]);
  });

  describe("as a data: URI", () => {
    let uri: string;
    beforeEach(async () => {
      uri = `data:image/png;base64,${(await readFile(at("photo.png"))).toString("base64")}`;
    });

    it("is sent as the bytes in it, as a mask too, and its result is written to the working directory", async () => {
      const png = await sharp({ create: { width: 64, height: 48, channels: 4, background: "#0000" } })
        .png()
        .toBuffer();
      const maskUri = `data:image/png;base64,${png.toString("base64url")}`;
      const run = await edit([uri, "photo.png", "-p", "x", "--mask", maskUri, "--json"]);
      expect(run.code).toBe(0);
      const files = parts().filter(({ filename }) => filename !== undefined);
      const photo = await readFile(at("photo.png"));
      expect(files.map(({ bytes }) => Buffer.from(bytes ?? []).toString("hex"))).toEqual(
        [photo, photo, png].map((bytes) => bytes.toString("hex")),
      );
      expect(JSON.parse(run.stdout).images[0].path).toBe(at("image.edited.png"));
      expect(run.stdout + run.stderr).not.toContain(uri.slice(0, 60));
    });

    it("is an image of a batch row, which is not sent again", async () => {
      const rows = [
        { image: uri, prompt: "x", output: "a.png" },
        { image: [uri, "photo.png"], prompt: "y", output: "b.png" },
      ];
      await writeFile(at("m.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
      await writeFile(at("m.csv"), `image,prompt,output\n"${uri}",x,c.png\n`);
      for (const [manifest, count] of [
        ["m.jsonl", 2],
        ["m.jsonl", 2],
        ["m.csv", 3],
      ] as const) {
        const run = await runCli(["batch", "run", manifest, "-m", "acme-9"], {
          cwd: directory.path,
          env: { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: mock.url },
        });
        expect(run.stderr).not.toContain(uri.slice(0, 60));
        expect([run.code, mock.requests.length]).toEqual([0, count]);
      }
    });

    it("is refused in a short message if it is not valid, and so is base64 text without one", async () => {
      const noise = Uint8Array.from({ length: 60_000 }, (_, index) => Math.imul(index, 2_654_435_761) >>> 24);
      const png = await sharp(noise, { raw: { width: 200, height: 100, channels: 3 } })
        .png()
        .toBuffer();
      const base64 = png.toString("base64");
      for (const [argv, message] of [
        [[`data:image/png;base64,${"!".repeat(90_000)}`], "`data:` URI is not valid"],
        [[base64], "is the base64 text of an image, not a path"],
        [["photo.png", "--mask", base64], "is the base64 text of an image, not a path"],
        [["x".repeat(90_000)], "ENAMETOOLONG"],
      ] as const) {
        const run = await edit([...argv, "-p", "x"]);
        expect([run.code, run.stderr]).toEqual([2, expect.stringContaining(message)]);
        expect(run.stderr.length).toBeLessThan(700);
      }
      const rows = [{ image: base64 }, { image: "photo.png", mask: base64 }, { image: "data:,%" }];
      await writeFile(at("m.jsonl"), rows.map((row) => JSON.stringify({ ...row, prompt: "x" })).join("\n"));
      const run = await runCli(["batch", "run", "m.jsonl", "-m", "acme-9"], { cwd: directory.path });
      expect(run.code).toBe(2);
      expect(run.stderr.match(/is the base64 text of an image/g)).toHaveLength(2);
      expect(run.stderr.length).toBeLessThan(1_500);
      expect(mock.requests).toEqual([]);
    });
  });

  describe("on the web", () => {
    const requests: IncomingMessage[] = [];
    let web: RawServer;
    beforeEach(async () => {
      const bytes = await readFile(at("photo.png"));
      requests.length = 0;
      web = await startRawServer((response, _, request) => {
        requests.push(request);
        if (request.url?.startsWith("/moved")) response.writeHead(302, { location: "/tom.png" }).end();
        else response.end(bytes);
      });
    });
    afterEach(() => web.close());
    /** Returns an environment in which `images.example` resolves to an IP address and is the test's server. */
    const pretend = (ip: string) => ({
      NODE_OPTIONS: `--require ${JSON.stringify(pretendHost)}`,
      PRETEND_IP: ip,
      PRETEND_PORT: new URL(web.url).port,
    });
    const publicAddress = "93.184.215.14";
    const url = "http://me:secret@images.example/cats/tom.png?token=MARKER";

    it("fetches images without key and credentials, sends them unchanged, and stores them in the working directory", async () => {
      const run = await edit([url, "photo.png", "-p", "x"], undefined, pretend(publicAddress));
      expect(run).toMatchObject({ code: 0, stdout: `${at("tom.edited.png")}\n` });
      const files = parts().filter(({ filename }) => filename !== undefined);
      const bytes = await readFile(at("photo.png"));
      expect(files.map((file) => Buffer.compare(file.bytes ?? new Uint8Array(), bytes))).toEqual([0, 0]);
      for (const { url: path, headers } of requests) {
        expect(path).toBe("/cats/tom.png?token=MARKER");
        expect(headers).not.toHaveProperty("authorization");
        expect(headers).not.toHaveProperty("cookie");
      }
      expect(requests.length).toBeGreaterThan(0);
      const journals = await readdir(at(".state/edits"));
      const written = await Promise.all(journals.map((name) => readFile(at(".state/edits", name), "utf8")));
      expect(written.join()).toContain("http://images.example/cats/tom.png");
      for (const text of [run.stderr, ...written]) expect(text).not.toMatch(/MARKER|secret/);
    });

    it("accepts image URLs in the rows of a batch", async () => {
      await writeFile(at("m.jsonl"), JSON.stringify({ image: url, prompt: "x", output: "out/{name}.{ext}" }));
      const run = await runCli(["batch", "run", "m.jsonl", "-m", "acme-9"], {
        cwd: directory.path,
        env: {
          RETOUCH_API_KEY: "sk-test-0123456789",
          RETOUCH_BASE_URL: mock.url,
          ...pretend(publicAddress),
        },
      });
      expect(run).toMatchObject({ code: 0, stdout: `${at("out/tom.png")}\n` });
      expect(run.stderr).not.toMatch(/MARKER|secret/);
    });

    it("rejects image URLs that resolve or redirect into a private network", async () => {
      const inner = await edit([url, "-p", "x"], undefined, pretend("10.0.0.7"));
      expect(inner).toMatchObject({ code: 2, stderr: expect.stringContaining("private address") });
      expect(requests).toEqual([]);
      const moved = ["http://images.example/moved.png", "-p", "x"];
      const elsewhere = await edit(moved, undefined, pretend(publicAddress));
      expect(elsewhere).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("redirects are not followed"),
      });
      expect(mock.requests).toEqual([]);
    });
  });

  it("rejects flags that need the pixels of an image URL, which are unknown before it is sent", async () => {
    const run = await edit(["https://example.com/p.png", "-p", "x", "--mask-rect", "0,0,9,9"]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("Download it first");
  });
});

describe("--prompt-file", () => {
  it("reads the prompt as UTF-8 without its last line break", async () => {
    await writeFile(at("p.txt"), "Ein roter Hut,\nbitte ü 🎩\n");
    expect((await edit(["photo.png", "--prompt-file", "p.txt"])).code).toBe(0);
    expect(text("prompt")).toBe("Ein roter Hut,\nbitte ü 🎩");
  });

  it("reads the prompt from stdin for `-`", async () => {
    expect((await edit(["photo.png", "--prompt-file", "-"], "a blue hat\n")).code).toBe(0);
    expect(text("prompt")).toBe("a blue hat");
  });

  it("sends nothing when the prompt file is missing or not text", async () => {
    await writeFile(at("bad.txt"), Uint8Array.of(0xff, 0xfe, 0x00));
    for (const file of ["nope.txt", "bad.txt"]) {
      expect((await edit(["photo.png", "--prompt-file", file])).code).toBe(2);
    }
    expect(mock.requests).toEqual([]);
  });
});

describe("masks and sizes derived from the image", () => {
  it("edits the transparent part of the image with --mask-alpha", async () => {
    const hole = Buffer.from('<svg width="64" height="48"><rect width="64" height="24" fill="#fff"/></svg>');
    await sharp(at("photo.png"))
      .ensureAlpha()
      .composite([{ input: hole, blend: "dest-out" }])
      .toFile(at("holed.png"));
    expect((await edit(["holed.png", "-p", "x", "--mask-alpha"])).code).toBe(0);
    const { data, info } = await sharp(mask())
      .extractChannel("alpha")
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 64, height: 48 });
    expect([data[5 * 64 * info.channels], data[40 * 64 * info.channels]]).toEqual([0, 255]);
  });

  it("rejects --mask-alpha for an image without transparency", async () => {
    expect((await edit(["photo.png", "-p", "x", "--mask-alpha"])).code).toBe(2);
    expect(mock.requests).toEqual([]);
  });

  it("edits inside a rectangle, clipped to the image, with --mask-rect", async () => {
    expect((await edit(["photo.png", "-p", "x", "--mask-rect", "16,12,32,24"])).code).toBe(0);
    const { data, info } = await sharp(mask())
      .extractChannel("alpha")
      .raw()
      .toBuffer({ resolveWithObject: true });
    const alpha = (x: number, y: number) => data[(y * 64 + x) * info.channels];
    expect([alpha(16, 12), alpha(47, 35), alpha(15, 12), alpha(48, 35)]).toEqual([0, 0, 255, 255]);
  });

  it.each([
    ["gpt-image-1", { width: 90, height: 60 }, "1536x1024"],
    ["gpt-image-1", { width: 60, height: 90 }, "1024x1536"],
    ["gpt-image-1", { width: 64, height: 64 }, "1024x1024"],
    ["acme-9", { width: 70, height: 50 }, "70x50"],
  ])("requests from %s for %o the size %s with --size match-input", async (model, size, asked) => {
    await drawPhoto(at("shape.png"), size);
    expect((await edit(["shape.png", "-p", "x", "-m", model, "--size", "match-input"])).code).toBe(0);
    expect(text("size")).toBe(asked);
  });
});

describe("--insecure-http", () => {
  it("requires --insecure-http before a key is sent in cleartext", async () => {
    const argv = ["photo.png", "-p", "x", "--base-url", "http://retouch.invalid"];
    const refused = await edit(argv);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("--insecure-http");
    // The name does not resolve: the request passes the check and fails at the network.
    expect((await edit([...argv, "--insecure-http"])).code).toBe(7);
    expect(await readFile(at("photo.png"))).toBeDefined();
  });
});
