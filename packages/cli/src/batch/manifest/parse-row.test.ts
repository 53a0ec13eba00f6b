import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeSystem } from "../../journal/node-system.ts";
import { hashFile } from "../../journal/request-key.ts";
import { createOutsideFinder } from "./find-escape.ts";
import { createInputCache } from "./input-cache.ts";
import { type RowSettings, readRow } from "./parse-row.ts";

const { files } = nodeSystem;
let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-row-"));
  for (const name of ["photo.png", "mask.png"]) await writeFile(path.join(directory, name), name);
});
afterEach(() => rm(directory, { recursive: true }));

function read(fields: Readonly<Record<string, unknown>>, settings: Partial<RowSettings> = {}) {
  const given = { image: "photo.png", prompt: "dusk", model: "gpt-image-2.5-flare", ...fields };
  return readRow(
    { line: 1, fields: given },
    {
      directory,
      outDirectory: directory,
      isCsv: false,
      defaults: {},
      pasteBack: false,
      crop: false,
      force: false,
      server: "https://server.example",
      lookAt: createInputCache((file) => hashFile(file, files), files),
      findOutside: async () => undefined,
      system: nodeSystem,
      ...settings,
    },
  );
}
async function readValid(...args: Parameters<typeof read>) {
  const row = await read(...args);
  return "key" in row ? row : expect.unreachable(row.join());
}

describe(readRow, () => {
  it("resolves markup as a path and hashes its bytes into the key of the row", async () => {
    const readNote = async (note: string) => {
      await writeFile(path.join(directory, "note.png"), note);
      return readValid({ markup: "note.png" });
    };
    const first = await readNote("one");
    expect(first.job.params["markup"]).toBe(path.join(directory, "note.png"));
    expect((await readNote("one")).key).toBe(first.key);
    expect((await readNote("two")).key).not.toBe(first.key);
  });

  it("has another key with `--crop`, because something else is sent", async () => {
    const pasted = await readValid({ mask: "mask.png" }, { pasteBack: true });
    const cropped = await readValid({ mask: "mask.png" }, { pasteBack: true, crop: true });
    expect([pasted.isCropped, cropped.isCropped]).toEqual([false, true]);
    expect(cropped.request).not.toBe(pasted.request);
    expect(cropped.key).not.toBe(pasted.key);
    expect((await readValid({ mask: "mask.png" })).key).toBe(pasted.key);
  });

  it.each(["o1.png", "o1.{ext}", "o1"])(
    "shows the output %s as it is given when it leads outside",
    async (name) => {
      const findOutside = createOutsideFinder(directory, files);
      const shown = path.join(path.dirname(directory), name.includes(".") ? name : `${name}.{ext}`);
      expect(await read({ output: `../${name}` }, { findOutside })).toEqual([
        expect.stringContaining(`\`output\` is ${shown}, outside ${directory}.`),
      ]);
    },
  );

  it("refuses to paste back without a mask, or into an image that is not here", async () => {
    expect(await read({}, { pasteBack: true })).toEqual([expect.stringContaining("`mask` is missing")]);
    const image = "https://server.example/a.png";
    expect(await read({ image, mask: "mask.png" }, { pasteBack: true })).toEqual([
      expect.stringContaining("needs a local image"),
    ]);
  });
});
