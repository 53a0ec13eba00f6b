import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { spawn } from "@lydell/node-pty";
import { describe, expect, it } from "vitest";
import { cleanEnvironment, runCli } from "./support/run-cli.ts";
import { useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();

/** The required shells; `node tools/ensure-programs.mjs` installs them on Debian. */
const shells: Partial<Record<NodeJS.Platform, string[]>> = {
  linux: ["bash", "zsh", "fish"],
  darwin: ["bash", "zsh"],
};
const needed = shells[process.platform] ?? [];

async function script(shell: string): Promise<string> {
  const { code, stdout } = await runCli(["completion", shell], { cwd: directory.path });
  expect(code).toBe(0);
  const file = path.join(directory.path, `retouch.${shell}`);
  await writeFile(file, stdout);
  return file;
}

it.each(needed)("finds %s installed, so that its completion is really tested", (shell) => {
  const { error } = spawnSync(shell, ["-c", "exit 0"]);
  expect(error, `Install ${shell}: the tests run completion in it. See tools/ensure-programs.mjs.`).toBe(
    undefined,
  );
});

describe("retouch completion", () => {
  it.runIf(needed.includes("bash"))("completes in a real bash", async () => {
    const file = await script("bash");
    const complete = (...args: string[]) => {
      const quoted = args.map((arg) => `'${arg}'`).join(" ");
      const code = `source ${file}; COMP_WORDS=(${quoted}); COMP_CWORD=${args.length - 1}; _retouch; echo "\${COMPREPLY[*]}"`;
      return spawnSync("bash", ["--norc", "-c", code], {
        cwd: directory.path,
        encoding: "utf8",
      }).stdout.trim();
    };
    expect(complete("retouch", "ba")).toBe("batch");
    expect(complete("retouch", "batch", "")).toBe("run init status retry");
    expect(complete("retouch", "edit", "--quality", "h")).toBe("high");
    expect(complete("retouch", "edit", "--mask-r")).toBe("--mask-rect");
    expect(complete("retouch", "edit", "pho")).toBe("photo.png");
    expect(complete("retouch", "completion", "z")).toBe("zsh");
  });

  it.runIf(needed.includes("fish"))("completes in a real fish", async () => {
    const file = await script("fish");
    const complete = (line: string) => {
      const code = `source ${file}; complete -C"${line}"`;
      const { stdout } = spawnSync("fish", ["--no-config", "-c", code], {
        cwd: directory.path,
        encoding: "utf8",
        env: cleanEnvironment(directory.path),
      });
      return stdout.split("\n").map((row) => row.split("\t")[0]);
    };
    expect(complete("retouch ba")).toContain("batch");
    expect(complete("retouch batch ")).toEqual(expect.arrayContaining(["run", "init", "status"]));
    expect(complete("retouch edit --quality h")).toContain("high");
    expect(complete("retouch edit --mask-r")).toContain("--mask-rect");
    expect(complete("retouch edit pho")).toContain("photo.png");
    expect(complete("retouch completion z")).toContain("zsh");
  });

  it.runIf(needed.includes("zsh"))("completes in a real zsh", async () => {
    const lines = [
      ["retouch ba", "retouch batch "],
      ["retouch batch st", "retouch batch status "],
      ["retouch edit --quality h", "retouch edit --quality high "],
      ["retouch edit --mask-r", "retouch edit --mask-rect "],
      ["retouch edit pho", "retouch edit photo.png "],
      ["retouch batch run --retry-f", "retouch batch run --retry-failed "],
      ["retouch completion f", "retouch completion fish "],
    ];
    const typed = lines.map(([line = ""]) => line);
    expect(await completeInZsh(await script("zsh"), typed)).toEqual(lines.map(([, line]) => line));
  });
});

/** Types each line and a tab into an interactive zsh, and returns the completed lines. */
async function completeInZsh(file: string, lines: readonly string[]): Promise<string[]> {
  // zsh only completes in its line editor, so the test types the keys; `^O` prints the completed line.
  const setUp =
    `autoload -Uz compinit && compinit -u -D; source ${file}; setopt no_list_beep; ` +
    "show() { print -r -- \"<<$BUFFER>>\"; BUFFER= }; zle -N show; bindkey '^O' show; print go-ahead";
  const shell = spawn("zsh", ["-f", "-i"], {
    cwd: directory.path,
    cols: 200,
    rows: 24,
    env: { ...cleanEnvironment(directory.path), TERM: "dumb" },
  });
  let text = "";
  let typed = 0;
  const all = new Promise<string[]>((resolve, reject) => {
    shell.onData((chunk) => {
      text += chunk;
      // The first occurrence is the echo of the command that prints it.
      const ready = /^go-ahead\r?$/m.exec(text);
      if (!ready) return;
      const results = [...text.slice(ready.index).matchAll(/<<(.*?)>>/g)].map(([, line = ""]) => line);
      if (results.length === lines.length) resolve(results);
      else if (results.length === typed) shell.write(`${lines[typed++]}\t\u000f`);
    });
    shell.onExit(() => reject(new Error(`zsh ended early: ${text}`)));
    shell.write(`${setUp}\r`);
  });
  try {
    return await all;
  } finally {
    shell.kill("SIGKILL");
  }
}
