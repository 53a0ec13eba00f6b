import { chmod, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type CliRun, hasSignals, runCli } from "./support/run-cli.ts";
import { drawPhoto, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
const at = (...names: string[]) => path.join(directory.path, ...names);
const isRoot = process.getuid?.() === 0;

/** Runs `retouch edit --dry-run`; everything it finds is on stdout. */
function plan(...argv: string[]): Promise<CliRun> {
  return runCli(["edit", ...argv, "-m", "acme-9", "-p", "x", "--dry-run"], { cwd: directory.path });
}

describe("a glob", () => {
  it("matches nothing with a range that runs backwards, and says so", async () => {
    await mkdir(at("g"));
    await drawPhoto(at("g/b.jpg"));
    const run = await plan("g/[z-a].jpg");
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining("`g/[z-a].jpg` matches no") });
    expect(run.stderr).not.toContain("regular expression");
  });

  it("takes the parentheses and the numbers of file names as they are", async () => {
    for (const n of [8, 9, 10, 11]) await drawPhoto(at(`IMG (${n}).jpg`));
    const run = await plan("IMG ({9..10}).jpg");
    expect(run.stdout).toContain("IMG (9).jpg, IMG (10).jpg -> ");
  });
});

describe("a folder and a glob of everything in it", () => {
  it("find the same images, and count the same other files", async () => {
    await mkdir(at("g"));
    for (const name of ["a.png", "b.JPG"]) await drawPhoto(at("g", name));
    for (const name of ["README.txt", "notes.md"]) await writeFile(at("g", name), "x");
    const [glob, folder] = [await plan("g/*", "--each"), await plan("g", "--recursive", "--each")];
    expect(glob.stdout).toContain("g/b.JPG -> ");
    expect(glob).toEqual(folder);
    expect(glob.stderr).toContain("Skipped 2 file(s)");
  });

  it("are refused alike without an image", async () => {
    await mkdir(at("g"));
    await writeFile(at("g/README.txt"), "x");
    for (const argv of [["g/*"], ["g", "--recursive"]]) {
      expect(await plan(...argv)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("only 1 other file(s), such as g/README.txt"),
      });
    }
  });
});

describe.runIf(hasSignals)("a folder that cannot be read", () => {
  // Root reads every folder, so the CLI runs without that capability.
  const within = isRoot ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] : [];
  const listAsUser = (operand: string, ...flags: string[]) =>
    runCli(["batch", "init", operand, ...flags, "-p", "x", "-o", "-"], { cwd: directory.path, within });
  afterEach(() => chmod(at("g/closed"), 0o755));

  it.each([
    ["a folder", "g", "--recursive"],
    ["a glob", "g/**/*.png"],
  ])("is named in a warning when %s has others", async (_, operand, ...flags) => {
    await mkdir(at("g/closed"), { recursive: true });
    await drawPhoto(at("g/a.png"));
    await chmod(directory.path, 0o755);
    await chmod(at("g/closed"), 0o000);
    const run = await listAsUser(operand, ...flags);
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('"image":"g/a.png"') });
    expect(run.stderr).toContain("warning: The folder g/closed cannot be read (EACCES)");
  });

  it("is an error when nothing else is found", async () => {
    await mkdir(at("g/closed"), { recursive: true });
    await chmod(directory.path, 0o755);
    await chmod(at("g/closed"), 0o000);
    expect(await listAsUser("g", "--recursive")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("g/closed cannot be read: EACCES"),
    });
  });
});

describe("a file that does not exist", () => {
  it.each([
    ["a.png", "zz.png", undefined],
    ["phot.png", "photo.png", "photo.png"],
    ["photo.jpg", "photo.png", "photo.png"],
    ["x.webp", "y.webp", undefined],
  ])("%s, beside %s, is taken for %s", async (given, existing, meant) => {
    await mkdir(at("s"));
    await drawPhoto(at("s", existing));
    const { code, stderr } = await plan(`s/${given}`);
    expect(code).toBe(2);
    if (meant === undefined) expect(stderr).not.toContain("Did you mean");
    else expect(stderr).toContain(`Did you mean \`${meant}\`?`);
  });
});
