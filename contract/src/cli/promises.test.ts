import { readdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type RawServer, sendJson, startRawServer } from "./support/raw-server.ts";
import { type CliRun, runCli } from "./support/run-cli.ts";
import { drawPhoto, pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
let raw: RawServer | undefined;
afterEach(async () => {
  await raw?.close();
  raw = undefined;
});

/** Responds to every POST with these images. */
async function serve(...images: string[]): Promise<void> {
  raw = await startRawServer((response) => {
    sendJson(response, { created: 1, data: images.map((image) => ({ b64_json: image })) });
  });
}
const run = (...argv: string[]): Promise<CliRun> =>
  runCli(argv, {
    cwd: directory.path,
    env: { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: raw?.url ?? "http://127.0.0.1:9" },
  });
const edit = (...argv: string[]) => run("edit", "photo.png", "-m", "gpt-image-1", "-p", "dusk", ...argv);
const batch = async (output: string, ...argv: string[]) => {
  const row = { image: "photo.png", prompt: "dusk", model: "gpt-image-1", output };
  await writeFile(path.join(directory.path, "m.jsonl"), `${JSON.stringify(row)}\n`);
  return run("batch", "run", "m.jsonl", ...argv);
};

describe("a billed edit", () => {
  it("saves the response when one of two images cannot be read, and writes the other", async () => {
    await serve(await pngBase64(), "!!!");
    const { code, stdout, stderr } = await edit("-n", "2");
    expect({ code, lines: stdout.trim().split("\n") }).toEqual({
      code: 8,
      lines: [path.join(directory.path, "photo.edited-1.png")],
    });
    const saved = stderr.split("\n").find((line) => line.startsWith("/") || /^[A-Z]:\\/.test(line));
    expect(await readFile(saved ?? "", "utf8")).toContain('"!!!"');
  });

  it.each([
    [[], ["photo.edited-1.png", "photo.edited-2.png"]],
    [
      ["-o", "{name}.new"],
      ["photo.new-1.png", "photo.new-2.png"],
    ],
    [
      ["-o", "{name}{n}"],
      ["photo1.png", "photo2.png"],
    ],
    [
      ["-o", "my.png"],
      ["my.png", "my-2.png"],
    ],
  ])(
    "numbers images from 1 when more arrive than requested, but keeps a given name: %j",
    async (argv, names) => {
      await serve(await pngBase64(16), await pngBase64(24));
      const { code, stdout } = await edit(...argv);
      expect(code).toBe(0);
      const lines = stdout.trim().split("\n");
      expect(lines).toEqual(names.map((name) => path.join(directory.path, name)));
      const written = await Promise.all(lines.map((file) => readFile(file, "base64")));
      expect(written).toEqual([await pngBase64(16), await pngBase64(24)]);
    },
  );

  it("writes the image after stdout was closed", async () => {
    await serve(await pngBase64());
    const { code } = await runCli(["edit", "photo.png", "-m", "gpt-image-1", "-p", "dusk"], {
      cwd: directory.path,
      env: { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: raw?.url ?? "" },
      during: ({ stdout, stderr }) => {
        stdout?.destroy();
        stderr?.destroy();
      },
    });
    expect(code).toBe(0);
    expect(await readdir(directory.path)).toContain("photo.edited.png");
  });

  it("writes images to files when more arrive than stdout takes", async () => {
    await serve(await pngBase64(16), await pngBase64(24));
    const { code, stderr } = await edit("-o", "-");
    expect(code).toBe(0);
    expect(stderr).toContain("stdout.edited-2.png");
    expect(await readFile(path.join(directory.path, "stdout.edited-2.png"), "base64")).toBe(
      await pngBase64(24),
    );
  });

  it("retains the previous image of a row whose input changed", async () => {
    await serve(await pngBase64());
    expect((await batch("o.png")).code).toBe(0);
    await drawPhoto(path.join(directory.path, "photo.png"), { width: 80, height: 40 });
    expect((await batch("o.png")).code).toBe(0);
    expect(raw?.posts()).toBe(2);
    expect((await readdir(directory.path)).filter((name) => name.startsWith("o"))).toHaveLength(2);
  });
});

describe("a batch", () => {
  it("rejects an output that a link redirects out of its directory", async () => {
    await serve(await pngBase64());
    await symlink(path.dirname(directory.path), path.join(directory.path, "out"), "junction");
    expect((await batch("out/o.png")).code).toBe(2);
    expect(raw?.posts()).toBe(0);
  });

  it("rejects a negative budget", async () => {
    await serve(await pngBase64());
    expect((await batch("o.png", "--max-cost=-1")).code).toBe(2);
  });
});

it("names the file that is not an image", async () => {
  await writeFile(path.join(directory.path, "notes.txt"), "hello");
  const { code, stderr } = await run("edit", "notes.txt", "-m", "gpt-image-1", "-p", "dusk");
  expect({ code, isNamed: stderr.includes("(notes.txt)") }).toEqual({ code: 2, isNamed: true });
});
