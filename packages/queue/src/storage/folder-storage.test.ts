import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { temporaryName } from "@retouch/client/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { folderStorage } from "./folder-storage.ts";

let scratch = "";
let root = "";
beforeEach(async () => {
  scratch = await realpath(await mkdtemp(path.join(tmpdir(), "retouch-folder-")));
  root = path.join(scratch, "photos");
  await mkdir(root);
});
afterEach(() => rm(scratch, { recursive: true }));

const asIs = { force: false };

async function fileOf(text: string, name = "local.png"): Promise<string> {
  const file = path.join(scratch, name);
  await writeFile(file, text);
  return file;
}

describe(folderStorage, () => {
  it("returns inputs as they are, and leaves them after `release`", async () => {
    const storage = folderStorage(root);
    await mkdir(path.join(root, "a"));
    await writeFile(path.join(root, "a/b c%+#.png"), "x");
    const input = await storage.fetchInput("./a//b c%+#.png");
    expect(input).toBe(path.join(root, "a/b c%+#.png"));
    await storage.release(input);
    expect(await storage.exists("a/b c%+#.png")).toBe(true);
    expect([await storage.exists("a/c.png"), await storage.exists("a/b c%+#.png/d")]).toEqual([false, false]);
  });

  it("names an input that is missing or a directory", async () => {
    const storage = folderStorage(root);
    await mkdir(path.join(root, "a"));
    await expect(storage.fetchInput("b.png")).rejects.toMatchObject({
      code: "file_not_found",
      message: `"b.png" does not exist in ${root}. Correct the manifest, or add the file.`,
    });
    await expect(storage.fetchInput("a")).rejects.toMatchObject({ code: "not_a_file" });
  });

  it.each([
    "..",
    "../a.png",
    "a/../../b.png",
    "..\\a.png",
    "/etc/passwd",
    "C:\\a.png",
    "C:a.png",
    "\\\\server\\share\\a.png",
    "",
    ".",
    "a/",
    "a/.",
    "a/b/..",
    "a\u0000.png",
    "\ud800.png",
  ])("accepts no name %j", async (name) => {
    const storage = folderStorage(root);
    const file = await fileOf("x");
    const refused = { code: "invalid_path", message: expect.stringContaining("Give a name below it.") };
    await expect(storage.fetchInput(name)).rejects.toMatchObject(refused);
    await expect(storage.put(name, file, { force: true })).rejects.toMatchObject(refused);
    await expect(storage.exists(name)).rejects.toMatchObject(refused);
  });

  it("follows links that stay inside, and none that lead outside", async () => {
    await mkdir(path.join(root, "here"));
    await symlink("here", path.join(root, "in"));
    await symlink(scratch, path.join(root, "out"));
    // As many bytes as the link to it has: the length of its path.
    const bytes = "x".repeat(path.join(scratch, "local.png").length);
    const secret = await fileOf(bytes);
    await symlink(secret, path.join(root, "here/link.png"));
    const storage = folderStorage(root);
    await storage.put("in/a.png", secret, asIs);
    expect(await storage.fetchInput("in/a.png")).toBe(path.join(root, "in/a.png"));
    const refused = { code: "invalid_path", message: expect.stringContaining(`a link leads to ${secret}`) };
    await expect(storage.fetchInput("out/local.png")).rejects.toMatchObject(refused);
    await expect(storage.fetchInput("in/link.png")).rejects.toMatchObject(refused);
    await expect(storage.put("out/local.png", secret, { force: true })).rejects.toMatchObject(refused);
    // Even with the same bytes, a link is not the image; `force` replaces it and not its target.
    await expect(storage.put("in/link.png", secret, asIs)).rejects.toMatchObject({ code: "output_exists" });
    await storage.put("in/link.png", await fileOf("new", "new.png"), { force: true });
    expect(await readFile(secret, "utf8")).toBe(bytes);
    expect(await readFile(path.join(root, "here/link.png"), "utf8")).toBe("new");
  });

  it("overwrites only with `force`, and accepts the same bytes again", async () => {
    const storage = folderStorage(root);
    await storage.put("new/deep/a.png", await fileOf("one"), asIs);
    await storage.put("new/deep/a.png", await fileOf("one"), asIs);
    await expect(storage.put("new/deep/a.png", await fileOf("two"), asIs)).rejects.toMatchObject({
      code: "output_exists",
      exitCode: 10,
      outcome: "unknown",
    });
    expect(await readFile(path.join(root, "new/deep/a.png"), "utf8")).toBe("one");
    await storage.put("new/deep/a.png", await fileOf("two"), { force: true });
    expect(await readFile(path.join(root, "new/deep/a.png"), "utf8")).toBe("two");
    expect(await readdir(path.join(root, "new/deep"))).toEqual(["a.png"]);
  });

  it("checks that the folder is there and accepts files, and creates no share that is not mounted", async () => {
    await folderStorage(root).check();
    expect(await readdir(root)).toEqual([]);
    const away = path.join(scratch, "away");
    await expect(folderStorage(away).check()).rejects.toMatchObject({
      exitCode: 2,
      message: `Images cannot be stored in ${away}: ENOENT. Nothing was sent. Create it, or mount it.`,
    });
    const file = await fileOf("x");
    await expect(folderStorage(away).put("a.png", file, asIs)).rejects.toMatchObject({
      code: "write_failed",
    });
    await expect(folderStorage(file).check()).rejects.toMatchObject({ exitCode: 2 });
    expect(await readdir(scratch)).toEqual(["local.png", "photos"]);
  });

  it("lets one of two writers have a name", async () => {
    const files = await Promise.all(["one", "two"].map((text) => fileOf(text, text)));
    const ends = await Promise.allSettled(files.map((file) => folderStorage(root).put("a.png", file, asIs)));
    expect(ends.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const winner = ends.findIndex(({ status }) => status === "fulfilled");
    expect(await readFile(path.join(root, "a.png"), "utf8")).toBe(["one", "two"][winner]);
  });

  it("removes what a killed writer has left, and says why an image cannot be stored", async () => {
    // No process has this id.
    await writeFile(path.join(root, temporaryName().replace(/-\d+-/, "-4194305-")), "half");
    const storage = folderStorage(root);
    await storage.put("a.png", await fileOf("x"), asIs);
    expect(await readdir(root)).toEqual(["a.png"]);
    await expect(storage.put("a.png/b.png", await fileOf("x"), asIs)).rejects.toMatchObject({
      code: "write_failed",
      exitCode: 11,
      message: expect.stringContaining(`"a.png/b.png" could not be stored in ${root}`),
    });
    await expect(storage.put(`${"x".repeat(300)}.png`, await fileOf("x"), asIs)).rejects.toMatchObject({
      code: "invalid_path",
    });
    expect(await readdir(root)).toEqual(["a.png"]);
    await expect(
      storage.put("c.png", await fileOf("x"), { force: false, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ name: "AbortError" });
  });
});
