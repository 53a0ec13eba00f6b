import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ReceivedEdit, type RunningFake, startFake } from "../servers/fake-server.ts";
import { type CliRun, runCli } from "./support/run-cli.ts";
import { pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
const key = "test-key-0123456789";
const edit = ["edit", "photo.png", "-m", "my-deployment", "-p", "dusk", "-f", "-o", "out.png"];

let server: RunningFake;
/** The response, if it is not an image. */
let response: object | undefined;
beforeEach(async () => {
  response = undefined;
  const respond = (png: string) => response ?? { created: 1, data: [{ b64_json: png }] };
  server = await startFake({ check: () => undefined, respond }, await pngBase64());
});
afterEach(() => server.close());

const run = (argv: readonly string[], env: Record<string, string> = {}): Promise<CliRun> =>
  runCli(argv, { cwd: directory.path, env: { RETOUCH_API_KEY: key, ...env } });
/** Returns what is of interest in the only request. */
function onlyPost(): Pick<ReceivedEdit, "path" | "query"> & { readonly headers: object } {
  expect(server.posts).toHaveLength(1);
  const [{ path: at, query, headers } = expect.unreachable("nothing was sent")] = server.posts;
  const { authorization, "api-key": apiKey, "x-team": team } = headers;
  return { path: at, query, headers: { authorization, apiKey, team } };
}
const write = (name: string, text: string) => writeFile(path.join(directory.path, name), text);

describe("the address of a server", () => {
  const expected = {
    path: "/gateway/images/edits",
    query: { "api-version": "v1", tier: "a b" },
    headers: { authorization: undefined, apiKey: key, team: "design" },
  };
  const variables = () => ({
    RETOUCH_BASE_URL: `${server.url}/gateway`,
    RETOUCH_PATH: "/images/edits",
    RETOUCH_QUERY: "api-version=v1&tier=a+b",
    RETOUCH_HEADERS: "x-team: design",
    RETOUCH_KEY_HEADER: "api-key",
    RETOUCH_LIMITS_LIKE: "gpt-image-2",
  });
  const flags = () => [
    ...["--base-url", `${server.url}/gateway`, "--path", "/images/edits", "--limits-like", "gpt-image-2"],
    ...["--query", "api-version=v1", "--query", "tier=a b", "--header", "X-Team: design"],
    ...["--key-header", "api-key"],
  ];

  it("comes from flags, for an edit", async () => {
    expect(await run([...edit, ...flags()])).toMatchObject({ code: 0 });
    expect(onlyPost()).toEqual(expected);
  });

  it("comes from the environment, for a batch, and a flag replaces a part of it", async () => {
    const row = { image: "photo.png", prompt: "dusk", model: "my-deployment", output: "out.png" };
    await write("m.jsonl", JSON.stringify(row));
    const given = { ...variables(), RETOUCH_PATH: "/elsewhere", RETOUCH_HEADERS: "x-team: print" };
    const argv = ["batch", "run", "m.jsonl", "--path", "/images/edits", "--header", "x-team:design"];
    expect(await run(argv, given)).toMatchObject({ code: 0 });
    expect(onlyPost()).toEqual(expected);
  });

  it("comes from a settings file that has the key, too", async () => {
    const lines = Object.entries(variables()).map(([name, value]) => `${name}=${value}`);
    await write("my.env", lines.join("\n"));
    const argv = [...edit, "--settings", "my.env", "--json"];
    const withoutKey = await run(argv);
    expect(withoutKey.code).toBe(4);
    expect(JSON.parse(withoutKey.stdout)).toMatchObject({
      error: { code: "missing_api_key", message: expect.stringContaining("my.env sets RETOUCH_BASE_URL") },
    });
    expect(server.posts).toEqual([]);
    await write("my.env", [...lines, `RETOUCH_API_KEY=${key}`].join("\n"));
    expect(await run(argv, { RETOUCH_API_KEY: "key-of-the-environment" })).toMatchObject({ code: 0 });
    expect(onlyPost()).toEqual(expected);
  });

  it("gives a deployment the limits of the model that is named", async () => {
    const ended = await run([...edit, ...flags(), "--size", "1000x1000"]);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("`--size`") });
    expect(server.posts).toEqual([]);
  });

  it.each([
    ["", "/v1/images/edits"],
    ["/v1/images/edits", "/v1/images/edits"],
    ["/openai/v1", "/openai/v1/images/edits"],
    ["/v1/openai/images/edits", "/v1/openai/images/edits"],
    ["/openai/deployments/d/images/edits?api-version=v1", "/openai/deployments/d/images/edits"],
  ])("may be pasted as --base-url: %s", async (pasted, at) => {
    expect(await run([...edit, "--base-url", server.url + pasted])).toMatchObject({ code: 0 });
    expect(onlyPost()).toMatchObject({
      path: at,
      query: pasted.includes("?") ? { "api-version": "v1" } : {},
    });
  });

  it.each([
    [["--dialect", "xia"], '`--dialect` is "xia". Did you mean `xai`? Use one of chainhub, openai, '],
    [["--dialect", "xai"], "Give `--base-url https://api.x.ai`."],
    [["--header", "X-Api-Key: MARKER-0123"], "`--key-header x-api-key`"],
    [["--header", "x-team: xai-MARKER-0123"], "The header `x-team` has a key"],
    [["--header", "content-type: text/plain"], "`--header` has `content-type`, which the client sets"],
    [["--key-header", "content-type"], "`--key-header` has `content-type`, which the client sets"],
    [["--path", "images?x=1"], "`--path` must be a path without a query"],
    [["--baseURL", "http://127.0.0.1:9"], "Did you mean `--base-url`?"],
    [["--mock", "--dialect", "xai"], "`--mock` and `--dialect` exclude each other"],
  ])("is refused before anything is sent: %j", async (argv, message) => {
    const ended = await run([...edit, ...argv, "--json"]);
    expect(ended.code).toBe(2);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      error: { outcome: "not-sent", message: expect.stringContaining(message) },
    });
    expect(ended.stdout + ended.stderr).not.toContain("MARKER");
  });

  it("names the variable that has a wrong value", async () => {
    const env = { RETOUCH_BASE_URL: server.url };
    for (const [variable, value] of [
      ["RETOUCH_DIALECT", "xia"],
      ["RETOUCH_LIMITS_LIKE", "gpt-image-20"],
      ["RETOUCH_PATH", "images"],
      ["RETOUCH_KEY_HEADER", "a b"],
    ] as const) {
      const ended = await run(edit, { ...env, [variable]: value });
      expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(`^error: ${variable} `) });
    }
    expect(server.posts).toEqual([]);
  });
});

describe("an edit that may be billed", () => {
  it("is the same at the same path and in the same form, whatever the query and the key's header", async () => {
    response = { error: { message: "Something failed." } };
    expect(await run([...edit, "--base-url", server.url])).toMatchObject({ code: 8 });
    for (const argv of [
      ["--base-url", `${server.url}/v1/images/edits`],
      ["--base-url", server.url, "--query", "api-version=v2", "--header", "x-team:design"],
      ["--base-url", server.url, "--dialect", "azure", "--limits-like", "gpt-image-2"],
    ]) {
      const again = await run([...edit, ...argv]);
      expect(again, argv.join(" ")).toMatchObject({ code: 2, stderr: expect.stringContaining("recover") });
    }
    expect(server.posts).toHaveLength(1);
    response = undefined;
    for (const argv of [
      ["--base-url", `${server.url}/other`],
      ["--base-url", server.url, "--path", "/v2/edits"],
      ["--base-url", server.url, "--dialect", "llmgateway"],
    ]) {
      expect(await run([...edit, ...argv]), argv.join(" ")).toMatchObject({ code: 0 });
    }
    expect(server.posts).toHaveLength(4);
  });
});

describe("retouch doctor", () => {
  it("explains what would be sent where, without a secret, and sends no POST", async () => {
    const argv = ["doctor", "--dialect", "azure-deployments", "--header", "x-team:design"];
    const more = ["--query", "api-version=v1", "--query", "sig=SECRET", "--limits-like", "gpt-image-2"];
    const at = `${server.url}/openai/deployments/d`;
    const json = await run([...argv, ...more, "--base-url", at, "--json"]);
    const { request } = JSON.parse(json.stdout) as { request: object };
    expect(request).toMatchObject({
      method: "POST",
      url: `${at}/images/edits?api-version=v1&sig=(hidden)`,
      keyHeader: "api-key",
      headers: ["x-team"],
      contentType: "multipart/form-data",
      images: "`image`; several as `image[]`",
      mask: "`mask`",
      tasks: expect.stringContaining("not polled"),
      limits: expect.stringContaining("gpt-image-2"),
      preset: { name: "azure-deployments", title: "Azure OpenAI, deployments" },
      unverified: expect.stringContaining("never tried"),
    });
    expect(json.stdout).not.toContain("SECRET");
    const text = await run([...argv, ...more, "--base-url", at]);
    expect(text.stdout).toContain(`POST ${at}/images/edits?api-version=v1&sig=(hidden)\n`);
    expect(text.stdout).toMatch(/^key +api-key: KEY$/m);
    expect(server.posts).toEqual([]);
  });

  it("explains a preset without a base URL by the example of its server", async () => {
    const ended = await run(["doctor", "--dialect", "xai", "--json"]);
    const { findings, request, server: none } = JSON.parse(ended.stdout);
    expect({ code: ended.code, none }).toEqual({ code: 1, none: undefined });
    expect(findings).toContainEqual({
      check: "server",
      status: "problem",
      seen: expect.stringContaining("Give `--base-url https://api.x.ai`."),
    });
    expect(request).toMatchObject({
      url: "https://api.x.ai/v1/images/edits",
      keyHeader: "authorization",
      contentType: "application/json",
      images: expect.stringContaining("image_url"),
      mask: "none",
      limits: expect.stringContaining("at most 3 images"),
    });
  });
});
