import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RawServer, startRawServer } from "./raw-server.ts";
import { type CliRun, runCli } from "./run-cli.ts";
import { drawPhoto, useWorkDirectory } from "./work-folder.ts";

const pretendHost = fileURLToPath(new URL("pretend-host.cjs", import.meta.url));
const directory = useWorkDirectory();
let mock: MockServer;
beforeAll(async () => {
  mock = await startMockServer({ render: "drawn", keepBytes: true });
});
afterEach(() => mock.reset());
afterAll(() => mock.close());

const at = (...names: string[]) => path.join(directory.path, ...names);
function edit(
  words: readonly string[],
  input?: string,
  env: Readonly<Record<string, string>> = {},
): Promise<CliRun> {
  return runCli(["edit", ...(words.includes("-m") ? [] : ["-m", "acme-9"]), ...words], {
    cwd: directory.path,
    ...(input === undefined ? {} : { input }),
    env: { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: mock.url, ...env },
  });
}
const parts = (request = 0) => mock.requests[request]?.parts ?? [];
const text = (name: string) => parts().find((part) => part.name === name)?.value;
const mask = () => parts().find(({ name }) => name === "mask")?.bytes ?? new Uint8Array();

describe("pictures", () => {
  it("come from globs, in order, as one edit or one each", async () => {
    await mkdir(at("in/deep"), { recursive: true });
    for (const name of ["in/b.png", "in/a.png", "in/deep/c.png"]) await drawPhoto(at(name));
    await writeFile(at("in/notes.txt"), "no picture");
    expect((await edit(["in/**/*.png", "-p", "x", "-o", "one.png"])).code).toBe(0);
    expect(parts().filter(({ filename }) => filename !== undefined)).toHaveLength(3);
    expect(
      (await edit(["in/*.png", "--each", "-p", "x", "-o", "out/{name}.{ext}"])).stdout.split("\n"),
    ).toEqual([at("out/a.png"), at("out/b.png"), ""]);
    expect(mock.requests).toHaveLength(3);
  });

  it("that a glob does not find are a mistake, and nothing is sent", async () => {
    const run = await edit(["*.webp", "-p", "x"]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("*.webp");
    expect(mock.requests).toEqual([]);
  });

  it("are not fetched from this machine's own network, and the key goes nowhere near them", async () => {
    const inner = await startRawServer((response) => response.end("secret"));
    const run = await edit([`${inner.url}/p.png?token=abc`, "-p", "x"]);
    await inner.close();
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("127.0.0.1");
    expect(run.stderr).not.toContain("abc");
    expect(mock.requests).toEqual([]);
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
    /** The environment in which `pictures.example` has an address and is the test's server. */
    const pretend = (address: string) => ({
      NODE_OPTIONS: `--require ${JSON.stringify(pretendHost)}`,
      PRETEND_ADDRESS: address,
      PRETEND_PORT: new URL(web.url).port,
    });
    const publicAddress = "93.184.215.14";
    const url = "http://me:secret@pictures.example/cats/tom.png?token=abc";

    it("are fetched without key and credentials, sent as they are, and lie in the working folder", async () => {
      const run = await edit([url, "photo.png", "-p", "x"], undefined, pretend(publicAddress));
      expect(run).toMatchObject({ code: 0, stdout: `${at("tom.edited.png")}\n` });
      const files = parts().filter(({ filename }) => filename !== undefined);
      const bytes = await readFile(at("photo.png"));
      expect(files.map((file) => Buffer.compare(file.bytes ?? new Uint8Array(), bytes))).toEqual([0, 0]);
      for (const { url: path, headers } of requests) {
        expect(path).toBe("/cats/tom.png?token=abc");
        expect(headers).not.toHaveProperty("authorization");
        expect(headers).not.toHaveProperty("cookie");
      }
      expect(requests.length).toBeGreaterThan(0);
      const journals = await readdir(at(".state/edits"));
      const written = await Promise.all(journals.map((name) => readFile(at(".state/edits", name), "utf8")));
      expect(written.join()).toContain("http://pictures.example/cats/tom.png");
      for (const text of [run.stderr, ...written]) expect(text).not.toMatch(/abc|secret/);
    });

    it("are rows of a batch too", async () => {
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
      expect(run.stderr).not.toMatch(/abc|secret/);
    });

    it("are refused behind a name that leads into the own network, and where they have moved", async () => {
      const inner = await edit([url, "-p", "x"], undefined, pretend("10.0.0.7"));
      expect(inner).toMatchObject({ code: 2, stderr: expect.stringContaining("private address") });
      expect(requests).toEqual([]);
      const moved = ["http://pictures.example/moved.png", "-p", "x"];
      const elsewhere = await edit(moved, undefined, pretend(publicAddress));
      expect(elsewhere).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("redirects are not followed"),
      });
      expect(mock.requests).toEqual([]);
    });
  });

  it("on the web have no pixels to look at before they are sent: a flag that needs them says so", async () => {
    const run = await edit(["https://example.com/p.png", "-p", "x", "--mask-rect", "0,0,9,9"]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("Download it first");
  });
});

describe("--prompt-file", () => {
  it("is read as UTF-8 without its last line break", async () => {
    await writeFile(at("p.txt"), "Ein roter Hut,\nbitte ü 🎩\n");
    expect((await edit(["photo.png", "--prompt-file", "p.txt"])).code).toBe(0);
    expect(text("prompt")).toBe("Ein roter Hut,\nbitte ü 🎩");
  });

  it("reads stdin for `-`", async () => {
    expect((await edit(["photo.png", "--prompt-file", "-"], "a blue hat\n")).code).toBe(0);
    expect(text("prompt")).toBe("a blue hat");
  });

  it("that is missing or no text sends nothing", async () => {
    await writeFile(at("bad.txt"), Uint8Array.of(0xff, 0xfe, 0x00));
    for (const file of ["nope.txt", "bad.txt"]) {
      expect((await edit(["photo.png", "--prompt-file", file])).code).toBe(2);
    }
    expect(mock.requests).toEqual([]);
  });
});

describe("masks and sizes made from the picture", () => {
  it("--mask-alpha edits where the picture is transparent", async () => {
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

  it("--mask-alpha of a picture without transparency is a mistake", async () => {
    expect((await edit(["photo.png", "-p", "x", "--mask-alpha"])).code).toBe(2);
    expect(mock.requests).toEqual([]);
  });

  it("--mask-rect edits inside a rectangle, cut to the picture", async () => {
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
  ])("--size match-input asks %s for %o by %s", async (model, size, asked) => {
    await drawPhoto(at("shape.png"), size);
    expect((await edit(["shape.png", "-p", "x", "-m", model, "--size", "match-input"])).code).toBe(0);
    expect(text("size")).toBe(asked);
  });
});

describe("--insecure-http", () => {
  it("is asked for before a key leaves in the clear", async () => {
    const words = ["photo.png", "-p", "x", "--base-url", "http://retouch.invalid"];
    const refused = await edit(words);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("--insecure-http");
    // The name leads nowhere, so that the refusal is gone and the network is what is left.
    expect((await edit([...words, "--insecure-http"])).code).toBe(7);
    expect(await readFile(at("photo.png"))).toBeDefined();
  });
});
