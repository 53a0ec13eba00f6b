import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const room = `${root}node_modules/.readme`;

describe("README.md", () => {
  it("shows code that compiles as it stands", async () => {
    const text = await readFile(`${root}README.md`, "utf8");
    const blocks = [...text.matchAll(/^```(tsx?)\n(.*?)^```/gms)];
    expect(blocks.length).toBeGreaterThanOrEqual(6);
    await rm(room, { recursive: true, force: true });
    await mkdir(room, { recursive: true });
    await writeFile(
      `${room}/session.ts`,
      "export declare function isSignedIn(request: Request): Promise<boolean>;\n",
    );
    const files = blocks.map(([, ending], index) => `block-${index}.${ending}`);
    await writeFile(
      `${room}/tsconfig.json`,
      JSON.stringify({
        extends: "../../tsconfig.json",
        compilerOptions: { allowJs: false },
        include: [],
        files,
      }),
    );
    for (const [index, file] of files.entries()) await writeFile(`${room}/${file}`, blocks[index]?.[2] ?? "");
    const require = createRequire(import.meta.url);
    // Without them their blocks would compile against nothing.
    expect([require.resolve("express"), require.resolve("hono")]).toHaveLength(2);
    const compiler = require.resolve("typescript/bin/tsc");
    const done = promisify(execFile)(process.execPath, [compiler, "-p", room], { cwd: root });
    const said = await done.then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
    expect(said).toBe("");
  }, 60_000);
});
