import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { nodeSystem } from "../../journal/node-system.ts";
import { hashFile } from "../../journal/request-key.ts";
import { createInputCache } from "./input-cache.ts";
import { readRow } from "./parse-row.ts";

const { files } = nodeSystem;
let directory = "";
afterEach(() => rm(directory, { recursive: true }));

describe(readRow, () => {
  it("resolves markup as a path and hashes its bytes into the key of the row", async () => {
    directory = await mkdtemp(path.join(tmpdir(), "retouch-row-"));
    await writeFile(path.join(directory, "photo.png"), "photo");
    const read = async (note: string) => {
      await writeFile(path.join(directory, "note.png"), note);
      const fields = { image: "photo.png", markup: "note.png", prompt: "dusk", model: "gpt-image-2.5-flare" };
      const row = await readRow(
        { line: 1, fields },
        {
          directory,
          outDirectory: directory,
          isCsv: false,
          defaults: {},
          pasteBack: false,
          force: false,
          server: "https://server.example",
          lookAt: createInputCache((file) => hashFile(file, files), files),
          findOutside: async () => undefined,
          system: nodeSystem,
        },
      );
      return "key" in row ? row : expect.unreachable(row.join());
    };
    const first = await read("one");
    expect(first.job.params["markup"]).toBe(path.join(directory, "note.png"));
    expect((await read("one")).key).toBe(first.key);
    expect((await read("two")).key).not.toBe(first.key);
  });
});
