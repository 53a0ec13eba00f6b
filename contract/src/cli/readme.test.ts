import { chmod, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readmeBlocks } from "../docs/readme-blocks.ts";
import { runProcess } from "../support/run-process.ts";
import { mask } from "../support/sample-images.ts";
import { cleanEnvironment, cliPath, runCli } from "./support/run-cli.ts";
import { drawPhoto, makeDirectory } from "./support/work-directory.ts";

const text = readmeBlocks().filter(
  ({ page, language }) => page === "packages/cli/README.md" && language === "sh",
);
const lines = text
  .flatMap(({ code }) => code.split("\n"))
  // The test must not write into the home directory's completions.
  .filter((line) => line.startsWith("retouch ") && !line.includes(" > ~/"));
let directory: Awaited<ReturnType<typeof makeDirectory>>;
let mock: MockServer;

beforeAll(async () => {
  mock = await startMockServer({ render: "drawn" });
  directory = await makeDirectory();
  await mkdir(path.join(directory.path, "photos"));
  const size = { width: 900, height: 600 };
  for (const name of ["photo.jpg", "photos/a.jpg", "photos/b.jpg"]) {
    await drawPhoto(path.join(directory.path, name), size);
  }
  await writeFile(path.join(directory.path, "notes.png"), await mask("holed", size.width, size.height));
  await mkdir(path.join(directory.path, "bin"));
  const bin = path.join(directory.path, "bin/retouch");
  await writeFile(bin, `#!/bin/sh\nexec "${process.execPath}" "${cliPath}" "$@"\n`);
  await chmod(bin, 0o755);
});
afterAll(() => Promise.all([directory.remove(), mock.close()]));

describe("the commands of the CLI's README, run in order", () => {
  it("finds the commands in the README", () => expect(lines.length).toBeGreaterThan(10));

  it.runIf(process.platform !== "win32").each(lines)("%s", async (line) => {
    const settings = { RETOUCH_API_KEY: "any", RETOUCH_BASE_URL: mock.url };
    const env = cleanEnvironment(directory.path, settings);
    env["PATH"] = `${directory.path}/bin${path.delimiter}${env["PATH"]}`;
    // `--mock` takes seconds to paint; `docs/readme.test.ts` runs it.
    const command = line.replace(" --mock", "");
    const ended = await runProcess("sh", ["-c", command], { cwd: directory.path, env });
    expect(ended.code, ended.stderr + ended.stdout).toBe(0);
  });

  it("lists the same exit codes in the README as in --help", async () => {
    const { readFile } = await import("node:fs/promises");
    const page = await readFile(new URL("../../../packages/cli/README.md", import.meta.url), "utf8");
    const { stdout } = await runCli(["--help"], { cwd: directory.path });
    const codes = [...stdout.matchAll(/^ {2}(\d+) {2,}/gm)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(10);
    expect([...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => code)).toEqual(codes);
  });
});
