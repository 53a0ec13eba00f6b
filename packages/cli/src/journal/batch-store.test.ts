import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  batchesDirectory,
  batchFiles,
  besideManifest,
  type LastRow,
  markManifest,
  readLastRows,
  storeRows,
} from "./batch-store.ts";
import { nodeSystem } from "./node-system.ts";
import type { Files, System } from "./system.ts";

let directory = "";
let system: System;
beforeEach(async () => {
  directory = await nodeSystem.files.realpath(await mkdtemp(path.join(tmpdir(), "retouch-batch-")));
  system = { ...nodeSystem, stateDirectory: path.join(directory, "state") };
});
afterEach(() => rm(directory, { recursive: true }));

const withFiles = (files: Partial<Files>): System => ({ ...system, files: { ...system.files, ...files } });
const full = () => Promise.reject(Object.assign(new Error("no space left"), { code: "ENOSPC" }));

async function write(...names: string[]): Promise<string> {
  const file = path.join(directory, ...names);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `rows of ${names.join(" ")}`);
  return file;
}

const directoryOf = async (manifest: string, isMock = false) =>
  (await batchFiles(manifest, isMock, system)).directory;

async function mark(manifest: string, on = system, isMock = false): Promise<void> {
  await markManifest(manifest, await batchFiles(manifest, isMock, on), on);
}

describe(batchFiles, () => {
  it("has the files of a manifest in the state directory, under names that stay the same", async () => {
    const manifest = "/somewhere/My  list (ä) of all the summer images in 2026.csv";
    const files = await batchFiles(manifest, false, system);
    // With another name, what an earlier version has sent would be sent again.
    expect(files.directory).toBe(
      path.join(batchesDirectory(system), "My_list_of_all_the_summer_images_in_2026-ced736bf53dbeebb"),
    );
    const inside = [files.journal, files.lock, files.rows];
    expect(inside.map((file) => path.relative(files.directory, file))).toEqual([
      "journal.jsonl",
      "lock",
      "rows.txt",
    ]);
    // Each attempt has its own: a process that was stopped must not find that of another one under its name.
    const responses = [files.newResponse("0123"), files.newResponse("0123")];
    expect(new Set(responses).size).toBe(2);
    for (const file of responses)
      expect(path.relative(files.directory, file)).toMatch(/^0123\.[0-9a-f]{16}\.answer$/);
    expect(files.beside).toBe(besideManifest("/somewhere"));
    expect(batchesDirectory(system)).toBe(path.join(directory, "state", "batches"));
  });

  it("has others for each manifest and for the mock, and the same for each of its names", async () => {
    const [one, two] = [await write("one", "rows.csv"), await write("two", "rows.csv")];
    const link = path.join(directory, "link.csv");
    await symlink(one, link);
    const relative = path.relative(process.cwd(), one);
    expect(await directoryOf(link)).toBe(await directoryOf(one));
    expect(await directoryOf(relative)).toBe(await directoryOf(one));
    expect(await directoryOf(path.resolve("missing.csv"))).toBe(await directoryOf("missing.csv"));
    const all = [one, two, "missing.csv"].flatMap((each) => [directoryOf(each), directoryOf(each, true)]);
    expect(new Set(await Promise.all(all)).size).toBe(6);
  });
});

describe(markManifest, () => {
  it("lets the history move with a manifest, as often as it moves, and not with a copy", async () => {
    const manifest = await write("a", "rows.mock.csv");
    const history = await directoryOf(manifest);
    await mark(manifest);
    await mark(manifest, system, true);
    const [b, c] = [path.join(directory, "b"), path.join(directory, "c")];
    for (const [from, to] of [
      [path.join(directory, "a"), b],
      [b, c],
    ] as const) {
      await rename(from, to);
      const moved = path.join(to, "rows.mock.csv");
      expect(await directoryOf(moved)).toBe(history);
      expect(await directoryOf(moved, true)).toBe(`${history}.mock`);
      await mark(moved);
      expect(await directoryOf(moved)).toBe(history);
    }

    const copy = path.join(directory, "copy", "rows.mock.csv");
    await write("copy", "rows.mock.csv");
    await mkdir(besideManifest(path.dirname(copy)));
    const marker = path.join(".retouch", "rows.mock.csv.marker");
    await copyFile(path.join(c, marker), path.join(directory, "copy", marker));
    const own = await directoryOf(copy);
    expect(own).not.toBe(history);
    await mark(copy);
    // Its own marker by now, also when the first one is gone.
    await rm(c, { recursive: true });
    expect(await directoryOf(copy)).toBe(own);
  });

  it("marks each manifest of a folder, and starts anew where a marker cannot be read", async () => {
    const [one, two] = [await write("a", "one.csv"), await write("a", "two.csv")];
    const histories = [await directoryOf(one), await directoryOf(two)];
    for (const manifest of [one, two]) await mark(manifest);
    const to = path.join(directory, "b");
    await rename(path.join(directory, "a"), to);
    const moved = ["one.csv", "two.csv"].map((name) => path.join(to, name));
    expect(await Promise.all(moved.map((each) => directoryOf(each)))).toEqual(histories);
    await writeFile(path.join(besideManifest(to), "one.csv.marker"), "{");
    expect(await directoryOf(path.join(to, "one.csv"))).not.toBe(histories[0]);
    expect((await readdir(besideManifest(to))).sort()).toEqual(["one.csv.marker", "two.csv.marker"]);
  });

  it("has claims and saved requests beside the manifest first, and only its own in a read-only folder", async () => {
    const manifest = await write("a", "rows.csv");
    const files = await batchFiles(manifest, false, system);
    const { stateDirectory } = system;
    expect(await markManifest(manifest, files, system)).toEqual({
      claims: [path.join(files.beside, "claims"), path.join(stateDirectory, "claims")],
      saved: [path.join(files.beside, "saved"), path.join(stateDirectory, "saved")],
    });
    await rm(files.beside, { recursive: true });
    expect(await markManifest(manifest, files, withFiles({ makeDirectory: full }))).toEqual({
      claims: [path.join(stateDirectory, "claims")],
      saved: [path.join(stateDirectory, "saved")],
    });
    expect(await readdir(path.dirname(manifest))).toEqual(["rows.csv"]);
  });

  it("rejects a marker that it cannot write, unless a right one is there", async () => {
    const manifest = await write("a", "rows.csv");
    const broken = withFiles({ open: full });
    const marker = path.join(besideManifest(path.dirname(manifest)), "rows.csv.marker");
    const refused = { code: "journal_not_writable", message: expect.stringContaining(marker) };
    await expect(mark(manifest, broken)).rejects.toMatchObject(refused);
    await mark(manifest);
    await mark(manifest, broken);
    // Moved, and of another batch: the marker is not right any more.
    const text = await readFile(marker, "utf8");
    await rename(path.join(directory, "a"), path.join(directory, "b"));
    await expect(mark(path.join(directory, "b", "rows.csv"), broken)).rejects.toThrow("rows.csv.marker");
    await rename(path.join(directory, "b"), path.join(directory, "a"));
    await writeFile(marker, text.replace(/-[\da-f]{16}/, "-another"));
    const files = { ...(await batchFiles(manifest, false, system)), directory: "/state/batches/own" };
    await expect(markManifest(manifest, files, broken)).rejects.toMatchObject(refused);
  });
});

describe(storeRows, () => {
  const keyOf = (row: number) => row.toString(16).padStart(32, "0");

  async function read(file: string, manifest: string) {
    const rows: LastRow[] = [];
    const last = await readLastRows(file, manifest, (row) => rows.push(row), system);
    return { last, rows };
  }

  it("stores the rows of the last run for `readLastRows`, with whether the manifest changed", async () => {
    const manifest = await write("rows.csv");
    const file = path.join(directory, "rows.txt");
    expect(await read(file, manifest)).toEqual({ last: undefined, rows: [] });
    const rows = [
      { key: keyOf(1) },
      { key: keyOf(2), status: "skipped" },
      { key: keyOf(3), status: undefined },
    ];
    const relative = path.relative(process.cwd(), manifest);
    for (const stored of [rows, rows.slice(1), []]) {
      await storeRows(file, relative, { invalid: 7 }, stored, system);
      const found = await read(file, manifest);
      expect(found.rows).toEqual(stored);
      expect(found.last).toMatchObject({ invalid: 7, manifest, isChanged: false });
    }
    await writeFile(manifest, "another row");
    expect((await read(file, manifest)).last).toMatchObject({ isChanged: true });
  });

  it("stores many rows in few writes, none of them large", async () => {
    const manifest = await write("rows.csv");
    const file = path.join(directory, "rows.txt");
    const writes: number[] = [];
    const counting = withFiles({
      open: async (...given) => {
        const handle = await nodeSystem.files.open(...given);
        const writev = handle.writev.bind(handle);
        handle.writev = (async (parts: Uint8Array[], at: number) => {
          writes.push(parts.reduce((sum, part) => sum + part.length, 0));
          return writev(parts, at);
        }) as typeof writev;
        return handle;
      },
    });
    const rows = Array.from({ length: 10_000 }, (_, row) => ({ key: keyOf(row), status: "invalid" }));
    await storeRows(file, manifest, { invalid: 0 }, rows, counting);
    expect((await read(file, manifest)).rows).toEqual(rows);
    expect(writes.length).toBeGreaterThan(1);
    expect(writes.length).toBeLessThan(20);
    expect(Math.max(...writes)).toBeLessThan(100_000);
  });

  it("is undefined for `readLastRows` when the file is damaged or empty", async () => {
    const manifest = await write("rows.csv");
    const file = path.join(directory, "rows.txt");
    for (const text of ["", "{\n", `${keyOf(1)}\n`]) {
      await writeFile(file, text);
      expect(await read(file, manifest)).toEqual({ last: undefined, rows: [] });
    }
  });

  it("fails where a marker or the last rows are there and cannot be read", async () => {
    const manifest = await write("rows.csv");
    const file = path.join(directory, "rows.txt");
    await mkdir(file);
    await expect(read(file, manifest)).rejects.toThrow(`${file} cannot be read (EISDIR). Check the disk`);
    const marker = path.join(besideManifest(directory), "rows.csv.marker");
    await mkdir(marker, { recursive: true });
    await expect(batchFiles(manifest, false, system)).rejects.toMatchObject({
      exitCode: 2,
      message: `${marker} cannot be read (EISDIR). Check the disk that it is on.`,
    });
    const readFile = () => Promise.reject(Object.assign(new Error("denied"), { code: "EACCES" }));
    await expect(batchFiles(manifest, false, withFiles({ readFile }))).rejects.toThrow("read access");
  });
});
