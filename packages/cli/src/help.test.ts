import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { commandTable } from "./command-table.ts";
import { completionScript } from "./completion-script.ts";
import { parseArguments } from "./parse-arguments.ts";
import { renderCommandHelp, renderHelp } from "./render-help.ts";
import { splitCommand } from "./split-command.ts";
import { runCli } from "./testing/run-cli.ts";
import { useWorkFolder } from "./testing/work-folder.ts";

const folder = useWorkFolder();

/** Reads the words of an example as a shell does. */
function wordsOf(example: string): string[] {
  const command = example.replace(/^cat \S+ \| /, "").replace(/ >>? .*$/, "");
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "").slice(1);
}

describe("help", () => {
  it.each(commandTable.map((command) => [command.name, command] as const))(
    "of %s has examples that parse, and fits its width",
    (name, command) => {
      expect(command.examples.length).toBeGreaterThan(0);
      for (const example of command.examples) {
        const line = splitCommand(wordsOf(example));
        expect(line.name).toBe(name);
        parseArguments(command, line.words);
      }
      const help = renderCommandHelp(command, 80);
      for (const text of help.split("\n").filter((row) => !command.examples.includes(row.trim()))) {
        expect(text.length).toBeLessThanOrEqual(80);
      }
    },
  );

  it("is printed for the program, a group and a command", async () => {
    expect((await runCli(["--help"], { cwd: folder.path })).stdout).toBe(renderHelp(80));
    expect((await runCli(["batch", "--help"], { cwd: folder.path })).stdout).toContain("batch init");
    expect((await runCli(["help", "edit"], { cwd: folder.path })).stdout).toContain("--mask-rect");
    expect((await runCli(["--version"], { cwd: folder.path })).stdout).toMatch(/^\d+\.\d+\.\d+/);
  });

  it("is what an unknown command is sent to, with a suggestion", async () => {
    const run = await runCli(["edti"], { cwd: folder.path });
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("Did you mean `edit`?");
  });
});

describe(completionScript, () => {
  it.skipIf(spawnSync("bash", ["--version"]).error !== undefined)("completes in a real bash", async () => {
    const script = path.join(folder.path, "retouch.bash");
    await writeFile(script, completionScript("bash"));
    const complete = (...words: string[]) => {
      const quoted = words.map((word) => `'${word}'`).join(" ");
      const code = `source ${script}; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _retouch; echo "\${COMPREPLY[*]}"`;
      return spawnSync("bash", ["--norc", "-c", code], { cwd: folder.path, encoding: "utf8" }).stdout.trim();
    };
    expect(complete("retouch", "ba")).toBe("batch");
    expect(complete("retouch", "batch", "")).toBe("run init status");
    expect(complete("retouch", "edit", "--quality", "h")).toBe("high");
    expect(complete("retouch", "edit", "--mask-r")).toBe("--mask-rect");
    expect(complete("retouch", "edit", "pho")).toBe("photo.png");
    expect(complete("retouch", "completion", "z")).toBe("zsh");
  });

  it.skipIf(spawnSync("fish", ["--version"]).error !== undefined)("completes in a real fish", async () => {
    const script = path.join(folder.path, "retouch.fish");
    await writeFile(script, completionScript("fish"));
    const complete = (line: string) => {
      const code = `source ${script}; complete -C"${line}"`;
      const { stdout } = spawnSync("fish", ["-c", code], { cwd: folder.path, encoding: "utf8" });
      return stdout.split("\n").map((row) => row.split("\t")[0]);
    };
    expect(complete("retouch ba")).toContain("batch");
    expect(complete("retouch batch ")).toEqual(expect.arrayContaining(["run", "init", "status"]));
    expect(complete("retouch edit --quality h")).toContain("high");
    expect(complete("retouch edit pho")).toContain("photo.png");
  });

  it.skipIf(spawnSync("zsh", ["--version"]).error !== undefined)("is understood by a real zsh", async () => {
    const script = path.join(folder.path, "_retouch");
    await writeFile(script, completionScript("zsh"));
    expect(spawnSync("zsh", ["-n", script], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  });
});
