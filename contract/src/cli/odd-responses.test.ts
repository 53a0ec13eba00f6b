import { Buffer } from "node:buffer";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import path from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RawServer, sendJson, startRawServer } from "./support/raw-server.ts";
import { type CliRun, runCli } from "./support/run-cli.ts";
import { noiseBase64, pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
let raw: RawServer | undefined;
let small = "";
let large = "";
beforeEach(async () => {
  small = await pngBase64();
  large = await noiseBase64(64);
});
afterEach(async () => {
  await raw?.close();
  raw = undefined;
});

const run = (...argv: string[]): Promise<CliRun> =>
  runCli(argv, {
    cwd: directory.path,
    env: { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: raw?.url ?? "http://127.0.0.1:9" },
  });
const edit = (...argv: string[]) => run("edit", "photo.png", "-m", "acme-9", "-p", "x", ...argv);
const at = (...names: string[]) => path.join(directory.path, ...names);
const base64Of = async (file: string) => (await readFile(file)).toString("base64");

/** Starts a server that answers a POST, and whose images are at any other URL. */
async function serve(respond: (response: ServerResponse) => void): Promise<void> {
  raw = await startRawServer((response, _, request) => {
    if (request.method === "POST") respond(response);
    else response.end(Buffer.from(large, "base64"));
  });
}

/** Returns the claims of requests, by the names of their files. */
const claims = async (root: string) =>
  (await readdir(at(root), { recursive: true })).filter((name) => /[0-9a-f]{32}\./.test(name));

/** Expects that nothing is left to recover, no request is claimed and nothing was sent again. */
async function expectNothingLeft(): Promise<void> {
  expect(await claims(".state/claims")).toEqual([]);
  const recovered = await run("recover");
  expect(recovered).toMatchObject({ code: 0, stdout: "" });
  expect(recovered.stderr).toContain("Nothing to recover");
  expect((await readdir(at(".state/edits"))).filter((name) => !name.endsWith(".jsonl"))).toEqual([]);
  expect(raw?.posts()).toBe(1);
}

describe("a response of another shape", () => {
  it.each<[string, () => unknown]>([
    ["base64 in a list", () => ({ images: [large] })],
    ["base64 for a URL", () => ({ data: [{ url: large }] })],
    ["short base64 for a URL", () => ({ data: [{ url: small }] })],
    ["a relative URL for base64", () => ({ data: [{ b64_json: "/files/a.png" }] })],
    ["a wrapper", () => ({ code: 0, data: { data: [{ b64_json: large }] } })],
    ["two wrappers", () => ({ result: { images: [{ url: ["/files/a.png"] }] } })],
    ["an image object", () => ({ image: { url: "/files/a" } })],
  ])("becomes a file: %s", async (_, body) => {
    await serve((response) => sendJson(response, body()));
    const { code, stdout, stderr } = await edit("--json");
    const file = at("photo.edited.png");
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout)).toMatchObject({
      images: [{ path: file, mediaType: "image/png" }],
      warnings: [],
    });
    expect([large, small]).toContain(await base64Of(file));
    await expectNothingLeft();
  });

  it("is the image itself", async () => {
    const jpeg = await sharp(Buffer.from(large, "base64")).jpeg().toBuffer();
    await serve((response) => response.writeHead(200, { "content-type": "image/jpeg" }).end(jpeg));
    expect(await edit()).toMatchObject({ code: 0, stdout: `${at("photo.edited.jpg")}\n` });
    expect(await readFile(at("photo.edited.jpg"))).toEqual(jpeg);
    await expectNothingLeft();
  });

  it("is a GIF or an SVG, whose files have their extensions", async () => {
    const gif = await sharp(Buffer.from(large, "base64")).gif().toBuffer();
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"/>';
    const data = [gif, Buffer.from(svg)].map((bytes) => ({ b64_json: bytes.toString("base64") }));
    await serve((response) => sendJson(response, { data }));
    const { code, stdout } = await edit("-n", "2", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout).images).toMatchObject([
      { path: at("photo.edited-1.gif"), width: 64, height: 64, mediaType: "image/gif" },
      { path: at("photo.edited-2.svg"), width: 40, height: 30, mediaType: "image/svg+xml" },
    ]);
    expect(await readFile(at("photo.edited-1.gif"))).toEqual(gif);
    expect(await readFile(at("photo.edited-2.svg"), "utf8")).toBe(svg);
    await expectNothingLeft();
  });

  it("refuses to replace an SVG, and takes .svg for an extension", async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"/>';
    await serve((response) =>
      sendJson(response, { data: [{ b64_json: Buffer.from(svg).toString("base64") }] }),
    );
    expect(await edit("-o", "out.svg")).toMatchObject({ code: 0, stdout: `${at("out.svg")}\n` });
    expect(await edit("-o", "out.png")).toMatchObject({ code: 10, stdout: "" });
    expect(raw?.posts()).toBe(1);
  });

  it("says what the edit cost, in the document and in the journal", async () => {
    const usage = { total_tokens: "12", cost: "0.04" };
    await serve((response) => sendJson(response, { data: [{ b64_json: small }], usage, credits_cost: 4 }));
    const { stdout } = await edit("--json");
    const expected = { totalTokens: 12, costUsd: 0.04, costCredits: 4 };
    expect(JSON.parse(stdout).usage).toEqual(expected);
    const [journal = ""] = await readdir(at(".state/edits"));
    const lines = (await readFile(at(".state/edits", journal), "utf8")).trim().split("\n");
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ type: "saved", usage: expected });
  });

  it.each([
    ["3", /3.*fewer.*2/],
    ["1", /1.*more.*2/],
  ])("has more or fewer images than requested: %s", async (n, warning) => {
    await serve((response) => sendJson(response, { data: [{ b64_json: small }, { b64_json: large }] }));
    const { code, stdout, stderr } = await edit("-n", n);
    expect(code).toBe(0);
    expect(stderr).toMatch(warning);
    expect(stdout.trim().split("\n")).toHaveLength(2);
    await expectNothingLeft();
  });
});

describe("a response without a usable image", () => {
  it("is kept if its base64 is a page, and exits with 8", async () => {
    const page = Buffer.from("<!doctype html><p>Sign in").toString("base64");
    await serve((response) => sendJson(response, { data: [{ b64_json: page }] }));
    const { code, stdout } = await edit("--json");
    const { images, error } = JSON.parse(stdout);
    expect({ code, images }).toEqual({ code: 8, images: [] });
    expect(error).toMatchObject({ code: "result_not_image", outcome: "unknown", exitCode: 8 });
    expect(await readFile(error.rawAnswer, "utf8")).toContain(page);
    expect(await readdir(directory.path)).not.toContain("photo.edited.bin");
    expect(raw?.posts()).toBe(1);
  });

  it("is kept if one of its images is text, and the other is written", async () => {
    const text = Buffer.from("Désolé.").toString("base64");
    await serve((response) => sendJson(response, { data: [{ b64_json: text }, { b64_json: large }] }));
    const { code, stdout, stderr } = await edit("-n", "2");
    expect({ code, stdout }).toEqual({ code: 8, stdout: `${at("photo.edited-1.png")}\n` });
    expect(stderr).toMatch(/text, not an image/);
    expect(await base64Of(at("photo.edited-1.png"))).toBe(large);
    expect((await readdir(at(".state/edits"))).filter((name) => name.endsWith(".answer"))).toHaveLength(1);
    const again = await edit("-n", "2");
    expect(again).toMatchObject({ code: 2, stdout: "" });
    expect(again.stderr).toContain("retouch recover");
    expect(again.stderr).not.toContain("--force");
    expect(raw?.posts()).toBe(1);
  });

  it("quotes a refusal without control characters, and lists where a task id is", async () => {
    const refusal = "I cannot\u001b[31m draw that.";
    await serve((response) => sendJson(response, { choices: [{ message: { content: null, refusal } }] }));
    const refused = await edit();
    expect(refused.code).toBe(8);
    expect(refused.stderr).toContain('"I cannot draw that."');
    await raw?.close();
    await serve((response) => sendJson(response, { data: [{ status: "submitted", task_id: "t1" }] }));
    const queued = await edit("-o", "other.png");
    expect(queued.code).toBe(8);
    expect(queued.stderr).toContain("`data[0].task_id`");
  });
});

describe("an image rescued from a broken response", () => {
  const broken = (base64: string) => `{"created":1,"data":[{"b64_json":"${base64}"}]`;

  it.each(["large", "small"])(
    "is written, listed and closed, and a rerun does not advise to overwrite it (%s)",
    async (size) => {
      const base64 = size === "large" ? large : small;
      await serve((response) => response.end(broken(base64)));
      const file = at("photo.edited.png");
      const { code, stdout, stderr } = await edit();
      expect({ code, stdout }).toEqual({ code: 8, stdout: `${file}\n` });
      expect(stderr).toContain("Nothing has to be sent again");
      expect(stderr).not.toContain("retouch recover");
      expect(await base64Of(file)).toBe(base64);
      const again = await edit();
      expect(again).toMatchObject({ code: 10, stdout: "" });
      expect(again.stderr).not.toContain("--force");
      await expectNothingLeft();
    },
  );

  it("is in the document, with the error", async () => {
    await serve((response) => response.end(broken(large)));
    const { code, stdout } = await edit("--json");
    expect(code).toBe(8);
    expect(JSON.parse(stdout)).toMatchObject({
      images: [{ path: at("photo.edited.png"), width: 64, mediaType: "image/png" }],
      warnings: [{ code: "rescued_images" }],
      error: { code: "not_json", outcome: "unknown", exitCode: 8 },
    });
    await expectNothingLeft();
  });

  it("goes to stdout with -o -", async () => {
    await serve((response) => response.end(broken(large)));
    const { code, stdoutBytes } = await edit("-o", "-");
    expect({ code, base64: stdoutBytes.toString("base64") }).toEqual({ code: 8, base64: large });
    await expectNothingLeft();
  });

  it("is rescued when the connection is cut", async () => {
    await serve((response) => {
      response.writeHead(200, { "content-length": "999999" });
      response.write(broken(large), () => response.socket?.destroy());
    });
    expect(await edit()).toMatchObject({ code: 8, stdout: `${at("photo.edited.png")}\n` });
    expect(await base64Of(at("photo.edited.png"))).toBe(large);
    await expectNothingLeft();
  });

  it("is one of two: the rest of the response is kept", async () => {
    const text = `${broken(large).slice(0, -1)},{"b64_json":"${large.slice(0, 6000)}`;
    await serve((response) => response.end(text));
    const { code, stdout, stderr } = await edit("-n", "2");
    expect({ code, stdout }).toEqual({ code: 8, stdout: `${at("photo.edited-1.png")}\n` });
    const kept = /The raw response is in (.*)\.$/m.exec(stderr)?.[1] ?? "";
    expect(await readFile(kept, "utf8")).toBe(text);
    expect(stderr).toMatch(/`n` is 2 but only 1/);
    await rm(kept);
    await expectNothingLeft();
  });

  it("is left to recover, with the rest of the response, when it cannot be written", async () => {
    const text = `${broken(large).slice(0, -1)},{"b64_json":"${large.slice(0, 6000)}`;
    await serve(async (response) => {
      await rm(at("out"), { recursive: true });
      await writeFile(at("out"), "a file where the folder was");
      response.end(text);
    });
    const failed = await edit("-n", "2", "-o", "out/a-{n}.png");
    expect(failed).toMatchObject({ code: 11, stdout: "" });
    expect(await run("recover", "-o", "other/")).toMatchObject({
      code: 0,
      stdout: `${at("other/a-1.png")}\n`,
    });
    expect(await base64Of(at("other/a-1.png"))).toBe(large);
    const [kept = ""] = (await readdir(at(".state/edits"))).filter((name) => name.endsWith(".broken"));
    expect(await readFile(at(".state/edits", kept), "utf8")).toBe(text);
    await rm(at(".state/edits", kept));
    await expectNothingLeft();
  });

  it("settles its row of a batch, which counts as saved everywhere and is not sent again", async () => {
    await serve((response) => response.end(broken(large)));
    const row = { id: "a", image: "photo.png", prompt: "x", model: "acme-9", output: "a.png" };
    await writeFile(at("rows.jsonl"), JSON.stringify(row));
    const first = await run("batch", "run", "rows.jsonl");
    expect(first).toMatchObject({ code: 0, stdout: `${at("a.png")}\n` });
    expect(first.stderr).toContain("a: The response is broken, but its images were saved from it.");
    expect(first.stderr).toContain("1 of 1 saved.");
    const status = await run("batch", "status", "rows.jsonl", "--json");
    expect(JSON.parse(status.stdout)).toMatchObject({ saved: 1, unknown: 0 });
    expect(await base64Of(at("a.png"))).toBe(large);
    expect([...(await claims(".state/claims")), ...(await claims(".retouch"))]).toEqual([]);
    const second = await run("batch", "run", "rows.jsonl", "--retry-unknown");
    expect(second).toMatchObject({ code: 0, stdout: "" });
    expect(raw?.posts()).toBe(1);
  });

  it.each<[string, () => string | Uint8Array, string]>([
    ["a broken response", () => broken(large), "photo.edited.png"],
    ["a body that is the image itself", () => Buffer.from(large, "base64"), "photo.edited.png"],
    ["a wrapper", () => JSON.stringify({ data: { images: [large] } }), "photo.edited.png"],
  ])("is written by recover from %s on disk", async (_, body, name) => {
    await serve((response) => response.socket?.destroy());
    expect((await edit()).code).toBe(8);
    const [journal = ""] = await readdir(at(".state/edits"));
    // As if the process had been killed once the response was on disk.
    await writeFile(at(".state/edits", journal.replace(".jsonl", ".answer")), body());
    expect(await run("recover")).toMatchObject({ code: 0, stdout: `${at(name)}\n` });
    expect(await base64Of(at(name))).toBe(large);
    await expectNothingLeft();
  });
});

describe("results on plain http of the server's own host", () => {
  it("are fetched with --insecure-http, by recover too", async () => {
    let isOpen = false;
    const files = await startRawServer((response) => {
      if (isOpen) response.end(Buffer.from(large, "base64"));
      else response.writeHead(503).end();
    });
    try {
      await serve((response) => sendJson(response, { data: [{ url: `${files.url}/a.png` }] }));
      const refused = await edit("-o", "refused.png");
      expect(refused.code).toBe(8);
      expect(refused.stderr).toContain("--insecure-http");
      await run(
        "recover",
        "--dismiss",
        JSON.parse((await run("recover", "--list", "--json")).stdout).edits[0].id,
      );
      expect((await edit("--insecure-http")).code).toBe(8);
      isOpen = true;
      expect(await run("recover")).toMatchObject({ code: 0, stdout: `${at("photo.edited.png")}\n` });
      expect(await base64Of(at("photo.edited.png"))).toBe(large);
    } finally {
      await files.close();
    }
  });
});
