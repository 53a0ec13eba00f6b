import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const directory = `${root}node_modules/.readme`;

describe("README.md", () => {
  it("the code of README.md compiles unchanged", async () => {
    const text = await readFile(`${root}README.md`, "utf8");
    const blocks = [...text.matchAll(/^```(tsx?)\n(.*?)^```/gms)];
    expect(blocks.length).toBeGreaterThanOrEqual(6);
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    const files = blocks.map(([, extension], index) => `block-${index}.${extension}`);
    await writeFile(
      `${directory}/tsconfig.json`,
      JSON.stringify({
        extends: "../../tsconfig.json",
        compilerOptions: { allowJs: false },
        include: [],
        files,
      }),
    );
    for (const [index, file] of files.entries())
      await writeFile(`${directory}/${file}`, blocks[index]?.[2] ?? "");
    const require = createRequire(import.meta.url);
    // Without these packages their blocks would compile against `any`.
    expect([require.resolve("express"), require.resolve("hono")]).toHaveLength(2);
    const compiler = require.resolve("typescript/bin/tsc");
    const compiled = promisify(execFile)(process.execPath, [compiler, "-p", directory], { cwd: root });
    const output = await compiled.then(
      ({ stdout }) => stdout,
      ({ stdout, message }: { stdout: string; message: string }) => stdout || message,
    );
    expect(output).toBe("");
  }, 60_000);
});
