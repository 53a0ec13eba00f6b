import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeSystem } from "./node-system.ts";
import { openSavedIndex, type SavedEdit } from "./saved-index.ts";

let directory = "";
let roots: string[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-saved-"));
  roots = [path.join(directory, "beside", "saved"), path.join(directory, "own", "saved")];
});
afterEach(() => rm(directory, { recursive: true }));

const request = "ab0123456789abcdef0123456789abcd";
const edit = (id: string, more: Partial<SavedEdit> = {}): SavedEdit => {
  const files = [{ path: `/out/${id}.png`, byteLength: 3, sha256: "00", mtimeMs: 1 }];
  return { request, id, at: "2026-01-02T03:04:05.678Z", files, ...more };
};
const open = (directories = roots) => openSavedIndex(directories, nodeSystem);

describe(openSavedIndex, () => {
  it("finds what was saved in any of its directories, oldest first and once", async () => {
    expect(await open().find(request)).toEqual([]);
    const [one, two, three] = [edit("one"), edit("two", { isRescued: true }), edit("three")];
    for (const each of [one, two]) await open().add(each);
    await open(roots.slice(1)).add(three);
    expect(await open().find(request)).toEqual([one, two, three]);
    for (const root of roots)
      expect(await open([root]).find(request)).toEqual(expect.arrayContaining([one, two]));
    expect(await open(roots.slice(0, 1)).find(request)).toEqual([one, two]);
  });

  it("finds no other request, also where one names another", async () => {
    const other = `${request.slice(0, 31)}0`;
    await open().add(edit("one"));
    await open().add(
      edit("two", { request: other, files: [{ path: request, byteLength: 1, sha256: "", mtimeMs: 1 }] }),
    );
    expect((await open().find(request)).map(({ id }) => id)).toEqual(["one"]);
    expect((await open().find(other)).map(({ id }) => id)).toEqual(["two"]);
    expect(await open().find("cd".repeat(16))).toEqual([]);
  });

  it("uses the files of earlier versions: those by the first two digits of a request", async () => {
    const [root = ""] = roots;
    await open().add(edit("one"));
    await open().add(edit("two", { request: "cd".repeat(16) }));
    expect(await readdir(root)).toEqual(["ab.jsonl", "cd.jsonl"]);
    const line = (await readFile(path.join(root, "ab.jsonl"), "utf8")).trim();
    expect(JSON.parse(line)).toEqual(edit("one"));
    // Without a line break in the end, and without one in the beginning.
    await writeFile(path.join(root, "ab.jsonl"), `${line}\n${line.replace("one", "old")}`);
    expect((await open([root]).find(request)).map(({ id }) => id)).toEqual(["one", "old"]);
  });

  it("finds what follows a line that a crash or a full disk cut", async () => {
    const shard = path.join(roots[0] ?? "", "ab.jsonl");
    await open().add(edit("one"));
    for (const [at, length] of [1, 20, 60, 100].entries()) {
      await appendFile(shard, JSON.stringify(edit("cut")).slice(0, length));
      await open().add(edit(`after ${at}`));
    }
    await appendFile(shard, JSON.stringify(edit("cut")).slice(0, 60));
    const found = await open(roots.slice(0, 1)).find(request);
    expect(found.map(({ id }) => id)).toEqual(["one", "after 0", "after 1", "after 2", "after 3"]);
  });

  it("finds what is added from a moment on beside a manifest, by whatever machine", async () => {
    await open().add(edit("before"));
    const findAdded = await open().watch();
    expect(await findAdded(request)).toEqual([]);
    await open(roots.slice(1)).add(edit("elsewhere"));
    await open(roots.slice(0, 1)).add(edit("after", { at: "2020-01-01T00:00:00.000Z" }));
    expect((await findAdded(request)).map(({ id }) => id)).toEqual(["after"]);
    const other = "cd".repeat(16);
    await open().add(edit("new file", { request: other }));
    expect((await findAdded(other)).map(({ id }) => id)).toEqual(["new file"]);
    expect(await (await open(roots.slice(1)).watch())(request)).toEqual([]);
  });

  it("rejects when it cannot write", async () => {
    await writeFile(path.join(directory, "own"), "a file");
    await expect(open(roots.slice(1)).add(edit("one"))).rejects.toThrow();
  });
});
