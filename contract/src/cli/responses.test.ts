import { readdir, readFile } from "node:fs/promises";
import type { OutgoingHttpHeaders } from "node:http";
import path from "node:path";
import { brotliCompressSync, deflateRawSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { type RawServer, startRawServer } from "./support/raw-server.ts";
import { type CliRun, runCli } from "./support/run-cli.ts";
import { noiseBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
let server: RawServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const b64 = await noiseBase64(64);
const bytes = Buffer.from(b64, "base64");
const json = Buffer.from(JSON.stringify({ created: 1, data: [{ b64_json: b64 }] }));
const event = (fields: object) => `data: ${JSON.stringify(fields)}\n\n`;
const item = event({
  type: "response.output_item.done",
  item: { type: "image_generation_call", result: b64 },
});
const completed = event({
  type: "response.completed",
  response: { output: [{ result: b64 }], usage: { input_tokens: 1, output_tokens: 2 } },
});

const run = (argv: readonly string[]): Promise<CliRun> =>
  runCli(argv, {
    cwd: directory.path,
    env: { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: server?.url ?? "http://127.0.0.1:9" },
  });
const edit = (...argv: string[]): Promise<CliRun> =>
  run(["edit", "photo.png", "-m", "acme-9", "-p", "x", ...argv]);
const at = (...names: string[]) => path.join(directory.path, ...names);

async function start(status: number, headers: OutgoingHttpHeaders, body: string | Uint8Array): Promise<void> {
  server = await startRawServer((response) => response.writeHead(status, headers).end(body));
}

async function expectNothingLeft(): Promise<void> {
  expect(await run(["recover"])).toMatchObject({ code: 0, stdout: "" });
  const { stdout } = await run(["recover", "--list", "--json"]);
  expect(JSON.parse(stdout)).toEqual({ edits: [] });
}

describe("an image is written to its file, byte for byte, from", () => {
  it.each<[string, OutgoingHttpHeaders, string | Uint8Array]>([
    ["events of the Responses API", { "content-type": "text/event-stream" }, item + completed],
    ["events declared as JSON", { "content-type": "application/json" }, item],
    [
      "images of a chat delta",
      {},
      event({ choices: [{ delta: { images: [{ image_url: { url: `data:image/png;base64,${b64}` } }] } }] }),
    ],
    ["raw deflate", { "content-encoding": "deflate" }, deflateRawSync(json)],
    ["two codings", { "content-encoding": "br, gzip" }, gzipSync(brotliCompressSync(json))],
    ["a false label", { "content-encoding": "gzip" }, json],
    ["gzip without a label", {}, gzipSync(json)],
    ["events in gzip", { "content-encoding": "gzip", "content-type": "text/event-stream" }, gzipSync(item)],
  ])("%s", async (_, headers, body) => {
    await start(200, headers, body);
    expect(await edit()).toMatchObject({ code: 0, stdout: `${at("photo.edited.png")}\n` });
    expect((await readFile(at("photo.edited.png"))).equals(bytes)).toBe(true);
    const document = JSON.parse((await edit("--json", "--force")).stdout) as { images: { path: string }[] };
    expect(document.images.map((image) => image.path)).toEqual([at("photo.edited.png")]);
    expect(server?.posts()).toBe(2);
    await expectNothingLeft();
  });
});

describe("a failure is reported, and what came is on disk as it came, for", () => {
  const noise = Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(b64, "base64")]);
  it.each<[string, OutgoingHttpHeaders, string | Uint8Array, string, string]>([
    [
      "a nested error",
      { "content-type": "text/event-stream" },
      event({
        type: "response.failed",
        response: { error: { code: "moderation_blocked", message: "Not this." } },
      }),
      "moderation_blocked",
      "Not this.",
    ],
    [
      "an incomplete response",
      {},
      event({
        type: "response.incomplete",
        response: { incomplete_details: { reason: "max_output_tokens" } },
      }),
      "max_output_tokens",
      "max_output_tokens",
    ],
    [
      "a refusal in text",
      {},
      event({ choices: [{ delta: { content: "I will not." } }] }),
      "no_image",
      "I will not.",
    ],
    ["a coding that is none", { "content-encoding": "br" }, noise, "bad_response", "content-encoding"],
    ["an unknown coding", { "content-encoding": "snappy" }, noise, "not_json", "not JSON"],
  ])("%s", async (_, headers, body, code, message) => {
    await start(200, headers, body);
    const plain = await edit();
    expect(plain).toMatchObject({ code: 8, stdout: "" });
    expect(plain.stderr).toContain(message);
    const [saved = ""] = (await readdir(at(".state/edits"))).filter((name) => !name.endsWith(".jsonl"));
    expect((await readFile(at(".state/edits", saved))).equals(Buffer.from(body))).toBe(true);
    const { stdout, code: exit } = await edit("--json", "--retry-unknown");
    expect(exit).toBe(8);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code, outcome: "unknown", message: expect.stringContaining(message) },
    });
    expect(server?.posts()).toBe(2);
    expect((await run(["recover"])).code).toBe(8);
  });
});

describe("a redirect", () => {
  it.each([
    [307, 1, "rejected"],
    [308, 1, "rejected"],
    [301, 8, "unknown"],
    [302, 8, "unknown"],
    [303, 8, "unknown"],
  ])("with %i exits with %i", async (status, code, outcome) => {
    await start(status, { location: "https://eu.api.test/v2/images/edits?sig=SECRET" }, "");
    const plain = await edit();
    expect(plain).toMatchObject({ code, stdout: "" });
    expect(plain.stderr).toContain("It redirects to https://eu.api.test/v2/images/edits.");
    expect(plain.stderr).toContain("--base-url");
    const documented = await edit("--json", "--retry-unknown");
    expect(documented.code).toBe(code);
    expect(JSON.parse(documented.stdout)).toMatchObject({ error: { outcome, status } });
    expect(`${plain.stderr}${documented.stdout}`).not.toContain("SECRET");
    expect(server?.posts()).toBe(2);
    if (outcome === "rejected") await expectNothingLeft();
  });
});
