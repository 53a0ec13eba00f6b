import { execFile } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CliRun, cleanEnvironment, cliPath, hasSignals, runCli } from "./support/run-cli.ts";
import { useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
let mock: MockServer;
beforeAll(async () => {
  mock = await startMockServer({ render: "drawn" });
});
afterEach(() => mock.reset());
afterAll(() => mock.close());

function run(...argv: readonly string[]): Promise<CliRun> {
  return runCli(argv, {
    cwd: directory.path,
    env: { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: mock.url, RETOUCH_MODEL: "acme-9" },
  });
}
const edit = (...argv: readonly string[]) => run("edit", "photo.png", "-p", "x", ...argv);
const files = async () => (await readdir(directory.path)).filter((name) => !name.startsWith(".")).sort();

describe.runIf(hasSignals)("an output that is a device or a pipe", () => {
  it.each(["/dev/null", "fifo"])("refuses `-o %s` and names `-o -`", async (output) => {
    await promisify(execFile)("mkfifo", [path.join(directory.path, "fifo")]);
    const refused = await edit("-o", output);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain(`\`-o - > ${output}\``);
    expect(mock.requests).toEqual([]);
  });
});

describe("an output below `~`, which no shell expanded", () => {
  it.each([
    ["edit -o", ["edit", "photo.png", "-p", "x", "-o", "~/x.png"]],
    ["edit -o with a folder", ["edit", "photo.png", "-p", "x", "-o", "~/"]],
    ["edit --mask", ["edit", "photo.png", "-p", "x", "--mask", "~/m.png"]],
    ["mask -o", ["mask", "photo.png", "--rect", "0,0,9,9", "-o", "~/m.png"]],
    ["batch init -o", ["batch", "init", "photo.png", "-p", "x", "-o", "~ann/m.jsonl"]],
    ["batch init --output-template", ["batch", "init", "photo.png", "-p", "x", "--output-template", "~/{n}"]],
    ["batch run --out-dir", ["batch", "run", "m.jsonl", "--out-dir", "~/out"]],
    ["batch run -o", ["batch", "run", "m.jsonl", "-o", "~/{name}"]],
    ["a row's output", ["batch", "run", "tilde.jsonl"]],
  ])("is refused: %s", async (_, argv) => {
    const row = { image: "photo.png", prompt: "x" };
    await writeFile(path.join(directory.path, "m.jsonl"), JSON.stringify(row));
    await writeFile(path.join(directory.path, "tilde.jsonl"), JSON.stringify({ ...row, output: "~/x.png" }));
    const refused = await run(...argv);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/no shell read the `~`.*`\.\/~/);
    expect(await files()).toEqual(["m.jsonl", "photo.png", "tilde.jsonl"]);
    expect(mock.requests).toEqual([]);
  });

  it("is refused in RETOUCH_STATE_DIR: every working directory would have journals of its own", async () => {
    const refused = await runCli(["recover", "--list"], {
      cwd: directory.path,
      env: { RETOUCH_STATE_DIR: "~/state" },
    });
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("`RETOUCH_STATE_DIR` is ~/state"),
    });
    expect(await files()).toEqual(["photo.png"]);
  });

  it("is written where `./~` names a real folder, or a name only starts with `~`", async () => {
    expect((await edit("-o", "./~/x.png")).code).toBe(0);
    expect((await edit("-o", "~x.png")).code).toBe(0);
    expect(await files()).toEqual(["photo.png", "~", "~x.png"]);
  });
});

describe("an extension that no image has", () => {
  it.each(["x.pdf", "x.heic", "x.mp4"])("is kept as part of the name with a note: %s", async (output) => {
    const written = await edit("-o", output);
    expect(written.stdout).toBe(`${path.join(directory.path, output)}.png\n`);
    expect(written.stderr).toContain(`The server returned image/png, so the file is `);
  });

  it.each(["x", "x.png", "{name}-new.{ext}"])("is not reported for %s", async (output) => {
    expect((await edit("-o", output)).stderr).not.toContain("so the file is");
  });
});

describe("--param", () => {
  it.each(["__proto__", "constructor"])("sends a field named %s", async (name) => {
    expect((await edit("--param", `${name}=1`)).code).toBe(0);
    expect(mock.requests[0]?.parts).toContainEqual(expect.objectContaining({ name, value: "1" }));
  });

  it("sends such a field of a row, and any name of a model", async () => {
    const row = `{"image":"photo.png","prompt":"x","model":"constructor","extra":{"__proto__":"1"}}`;
    await writeFile(path.join(directory.path, "m.jsonl"), row);
    expect(await run("batch", "run", "m.jsonl")).toMatchObject({ code: 0 });
    expect(mock.requests[0]?.parts).toContainEqual(
      expect.objectContaining({ name: "__proto__", value: "1" }),
    );
    const odd = await edit("-m", "constructor", "--size", "what", "-n", "1", "--quality", "what");
    expect(odd.stderr).not.toContain("is not a function");
  });
});

describe.runIf(hasSignals)("a claim and a journal that cannot be written", () => {
  it("stop an edit before it is sent, with exit code 2", async () => {
    // No file may grow: files can be created, and nothing can be written to them.
    const command = `ulimit -f 0 && exec "$0" "$@"`;
    const argv = [process.execPath, cliPath, "edit", "photo.png", "-m", "acme-9", "-p", "x", "-o", "-"];
    const failed = await promisify(execFile)("sh", ["-c", command, ...argv], {
      cwd: directory.path,
      env: cleanEnvironment(directory.path, {
        RETOUCH_API_KEY: "sk-test-0123456789",
        RETOUCH_BASE_URL: mock.url,
      }),
    }).catch((error: { code: number; stderr: string }) => error);
    expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining("cannot be written to") });
    expect(mock.requests).toEqual([]);
  });
});
