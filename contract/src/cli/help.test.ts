import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { cliPath, runCli } from "./support/run-cli.ts";
import { useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
const run = (...argv: string[]) => runCli(argv, { cwd: directory.path });

describe("retouch --help", () => {
  it("prints help for the program, a group and a command, however it is requested", async () => {
    const help = await run("--help");
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect((await run("help")).stdout).toBe(help.stdout);
    expect((await run("-h")).stdout).toBe(help.stdout);
    expect((await run("batch", "--help")).stdout).toContain("batch init");
    expect((await run("help", "edit")).stdout).toContain("--mask-rect");
    expect((await run("edit", "--help")).stdout).toBe((await run("help", "edit")).stdout);
  });

  it("lists every exit code", async () => {
    const { stdout } = await run("--help");
    for (const code of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130, 143]) {
      expect(stdout).toMatch(new RegExp(`(^|\\D)${code}\\D`, "m"));
    }
  });

  it("refers to --help after an unknown command, with a suggestion", async () => {
    const mistyped = await run("edti");
    expect(mistyped.code).toBe(2);
    expect(mistyped.stderr).toContain("Did you mean `edit`?");
  });
});

describe("retouch --version", () => {
  it.each(["--version", "-V", "-v"])("prints the manifest's version for %s", async (flag) => {
    const manifest = createRequire(import.meta.url).resolve("@retouch/cli/package.json");
    const { version } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
    expect(await run(flag)).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
  });
});

describe("an old Node", () => {
  it.each(["16.20.2", "18.20.4", "20.18.3"])(
    "reports the required Node version on Node %s, in one line",
    (version) => {
      // Another Node is not available offline: the test overrides the version that the program reads.
      const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`, cliPath, "edit", "x.png"],
        { cwd: directory.path, encoding: "utf8" },
      );
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(stderr).toContain("20.19");
      expect(stderr).toContain(version);
    },
  );
});
