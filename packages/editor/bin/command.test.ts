import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type ServerResponse } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { sendRaw } from "../server/fixtures/raw-request.ts";
import { model, pixel, postEdit, secretKey } from "../server/fixtures/start-editor.ts";
import { createWorkplace, type Workplace } from "./fixtures/run-editor.ts";
import { openerOf } from "./open-browser.ts";

let place: Workplace;
beforeEach(async () => {
  place = await createWorkplace();
});
afterEach(() => place.remove());

/** Opens a link as a browser does. */
async function open(link: string) {
  const { port, origin } = new URL(link);
  const response = await fetch(link, { redirect: "manual" });
  expect(response.status).toBe(303);
  const cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
  const get = (target: string) => sendRaw(Number(port), { path: target, headers: { cookie } });
  return { get, edit: () => postEdit(Number(port), { cookie, origin }) };
}

describe("retouch-editor", () => {
  it("opens the built page with the images of the command line, and ends on SIGINT", async () => {
    // What opens a browser here only writes down what it was called with.
    const opener = path.join(place.directory, "xdg-open");
    await writeFile(opener, '#!/bin/sh\nprintf %s "$*" > "$0.tmp" && mv "$0.tmp" "$0.url"\n');
    await chmod(opener, 0o755);
    await writeFile(path.join(place.directory, "photo.png"), pixel);
    const env = { DISPLAY: ":0", PATH: `${place.directory}${path.delimiter}${process.env["PATH"]}` };
    const editor = place.start(["photo.png", "--mock", "-m", model], env);
    const link = await editor.link;
    if (process.platform === "linux")
      await vi.waitFor(async () => expect(await readFile(`${opener}.url`, "utf8")).toBe(link), 60_000);
    const { get, edit } = await open(link);
    const page = await get("/");
    const script = /src="(\/assets\/[^"]+)"/.exec(page.body)?.[1] ?? "";
    expect(await get(script)).toMatchObject({
      status: 200,
      headers: { "content-type": expect.stringMatching(/^text\/javascript/) },
    });
    expect(JSON.parse((await get("/api/session")).body)).toMatchObject({
      mock: true,
      flags: ["--mock"],
      model,
      initialImages: [{ name: "photo.png", url: "/api/images/0" }],
    });
    const accepted = await edit();
    expect((await get(`/api/image-edit?job=${accepted.headers["x-retouch-job"]}`)).status).toBe(200);
    expect((await edit()).status).toBe(202);
    editor.kill("SIGINT");
    const ended = await editor.ended;
    expect(ended).toMatchObject({ code: 130, stdout: `${link}\n` });
    expect(ended.stderr).toMatch(/nothing is sent or billed/);
    expect(ended.stderr).not.toMatch(/is running/);
    // What the mock makes is not stored.
    expect(await readdir(place.directory)).not.toContain("state");
  });

  it("says what is wrong with the command line, and starts nothing", async () => {
    await writeFile(path.join(place.directory, "text.png"), "not an image");
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    const many = Array.from({ length: 17 }, (_, index) => `${index}.png`);
    const cases: [readonly string[], number, string][] = [
      [[], 4, "error: API key is missing. Set RETOUCH_API_KEY"],
      [["none.png", "text.png", "."], 2, "error: `none.png` does not exist. Check the path."],
      [many, 2, "error: `retouch-editor` takes at most 16 images only, but got `16.png`."],
      [
        ["--mock", "--port", String(port)],
        2,
        `error: Port ${port} is in use. Give another \`--port\`, or 0 for any.`,
      ],
      [["--mcok"], 2, "error: Unknown option `--mcok`. Did you mean `--mock`? See `retouch-editor --help`."],
      [
        ["--mock", "--base-url", "https://x"],
        2,
        "error: `--mock` and `--base-url` exclude each other. Give one.",
      ],
      [["--base-url", "http://10.0.0.1"], 2, "--insecure-http"],
    ];
    const ended = await Promise.all(cases.map(([argv]) => place.start([...argv, "--no-open"]).ended));
    taken.close();
    for (const [index, [, code, message]] of cases.entries()) {
      expect(ended[index]).toMatchObject({ code, stdout: "" });
      expect(ended[index]?.stderr).toContain(message);
    }
    expect(ended[1]?.stderr).toMatch(
      /`text\.png` is not a PNG, JPEG or WebP image\..*\n.*`\.` is a directory/,
    );
  });

  it("prints help and the version", async () => {
    const manifest = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
    const [help, version] = await Promise.all([
      place.start(["--help"]).ended,
      place.start(["--version"]).ended,
    ]);
    expect(version).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: "" });
    expect(help).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Usage\n {2}retouch-editor \[IMG\.\.\.\]/m),
      stderr: "",
    });
  });
});

describe("an edit that runs", () => {
  /** The edits that have arrived: the server responds to none by itself. */
  const held: ServerResponse[] = [];
  const server = createHttpServer((request, response) => {
    request.resume().on("end", () => held.push(response));
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  beforeEach(() => void held.splice(0));

  const start = (env = {}) => {
    const { port } = server.address() as AddressInfo;
    const argv = ["--no-open", "--base-url", `http://127.0.0.1:${port}`];
    return place.start(argv, { RETOUCH_API_KEY: secretKey, ...env });
  };
  const arrived = () => vi.waitFor(() => expect(held).toHaveLength(1), 60_000);

  it("is waited for, and its image is there after a restart, at the same port", async () => {
    const editor = start();
    const link = await editor.link;
    const { edit } = await open(link);
    const job = (await edit()).headers["x-retouch-job"];
    await arrived();
    editor.kill("SIGINT");
    await editor.says(/1 edit is running and will be billed/);
    expect(await edit()).toMatchObject({ status: 503, body: expect.stringMatching(/Nothing was sent/) });
    const b64_json = pixel.toString("base64");
    const body = JSON.stringify({ created: 1, data: [{ b64_json }] });
    held[0]?.setHeader("content-type", "application/json").end(body);
    expect(await editor.ended).toMatchObject({
      code: 130,
      stderr: expect.stringMatching(/The result is stored/),
    });

    const later = start();
    expect(new URL(await later.link).port).toBe(new URL(link).port);
    const { get } = await open(await later.link);
    const collected = await get(`/api/image-edit?job=${job}`);
    expect(collected.status).toBe(200);
    expect(JSON.parse(collected.body).data).toEqual([{ b64_json }]);
    expect(held).toHaveLength(1);
  });

  it("ends with the second SIGINT, and is not sent again", async () => {
    const editor = start();
    const { edit } = await open(await editor.link);
    expect((await edit()).status).toBe(202);
    await arrived();
    editor.kill("SIGTERM");
    await editor.says(/1 edit is running/);
    editor.kill("SIGINT");
    const ended = await editor.ended;
    expect(ended).toMatchObject({ code: 143, stderr: expect.stringMatching(/What was sent may be billed/) });
    expect(ended.stdout + ended.stderr).not.toContain(secretKey.slice(10, 20));
    expect(held).toHaveLength(1);
  });

  it("is not sent where its record cannot be stored, and the terminal says where that is, once", async () => {
    const state = path.join(place.directory, "not-a-directory");
    await writeFile(state, "");
    const editor = start({ RETOUCH_STATE_DIR: state });
    const { edit } = await open(await editor.link);
    for (let count = 0; count < 2; count += 1) {
      const response = await edit();
      expect(response).toMatchObject({ status: 503, headers: { "x-retouch-outcome": "not-sent" } });
      expect(response.body).toContain("jobs_unavailable");
    }
    await editor.says(/not-a-directory.editor cannot be written or read: E[A-Z]+/);
    editor.kill("SIGINT");
    expect((await editor.ended).stderr.match(/cannot be written/g)).toHaveLength(1);
    expect(held).toEqual([]);
  });
});

describe(openerOf, () => {
  it.each([
    ["darwin", {}, "open"],
    ["win32", {}, "rundll32.exe"],
    ["linux", { WSL_DISTRO_NAME: "Debian" }, "rundll32.exe"],
    ["linux", { DISPLAY: ":0" }, "xdg-open"],
    ["linux", { WAYLAND_DISPLAY: "wayland-0" }, "xdg-open"],
    ["linux", { SSH_CONNECTION: "1" }, undefined],
  ] as const)("on %s with %j it is %s", (platform, env, program) => {
    expect(openerOf(platform, env)?.[0]).toBe(program);
  });
});
