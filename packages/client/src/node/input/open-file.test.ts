import { execFileSync } from "node:child_process";
import {
  appendFile,
  mkdir,
  mkdtemp,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isInvalidInputError } from "../../errors/errors.ts";
import { type ByteSource, maxChunkBytes } from "../../media/byte-source.ts";
import { openPath } from "./open-file.ts";
import { createNodeOpener } from "./open-input.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "retouch-"));
});
afterAll(() => rm(directory, { recursive: true }));

const byteLength = maxChunkBytes * 2 + 1_000;
const bytes = Uint8Array.from({ length: byteLength }, (_, i) => i % 251);
async function create(name: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, bytes);
  return path;
}

async function readAll(source: ByteSource): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.chunks()) {
    expect(chunk.byteLength).toBeLessThanOrEqual(maxChunkBytes);
    chunks.push(chunk.slice());
  }
  return Buffer.concat(chunks);
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(isInvalidInputError(error)).toBe(true);
  return (error as Error).message;
}

describe(openPath, () => {
  it("reads a file in chunks, repeatedly, and slices of it", async () => {
    const source = await openPath(await create("cat.png"));
    expect(source).toMatchObject({ byteLength, name: "cat.png" });
    for (let i = 0; i < 2; i++) expect((await readAll(source)).equals(bytes)).toBe(true);
    expect([...(await source.slice(250, 253))]).toEqual([250, 0, 1]);
    expect(await source.slice(byteLength - 1, byteLength + 9)).toHaveLength(1);
    await source.close?.();
  });

  it("reads an empty file as zero bytes", async () => {
    const path = join(directory, "empty.png");
    await writeFile(path, "");
    const source = await openPath(path);
    expect(await readAll(source)).toHaveLength(0);
    await source.close?.();
  });

  it("keeps two readers of one file independent", async () => {
    const source = await openPath(await create("twice.png"));
    const both = await Promise.all([readAll(source), readAll(source)]);
    for (const one of both) expect(one.equals(bytes)).toBe(true);
    await source.close?.();
  });

  it("keeps sending the opened file when another one takes its name", async () => {
    const path = await create("first.png");
    const source = await openPath(path);
    await writeFile(join(directory, "second.png"), "other");
    await rename(join(directory, "second.png"), path);
    expect((await readAll(source)).equals(bytes)).toBe(true);
    await source.close?.();
  });

  it.each([
    ["grows", (path: string) => appendFile(path, "more")],
    ["shrinks", (path: string) => truncate(path, maxChunkBytes + 1)],
    ["is written over", (path: string) => utimes(path, 1, 1)],
  ])("never yields the last chunk of a file that %s while it is read", async (name, change) => {
    const path = await create(`${name}.png`);
    const source = await openPath(path, "image[1]");
    let seen = 0;
    const read = async (): Promise<void> => {
      for await (const chunk of source.chunks()) {
        if (seen === 0) await change(path);
        seen += chunk.byteLength;
      }
    };
    expect(await messageOf(read())).toBe(
      `\`image[1]\` (${name}.png) was changed while it was being sent. Edit again once it is at rest.`,
    );
    expect(seen).toBeLessThan(byteLength);
    await source.close?.();
  });

  it("rejects paths that it cannot read, and reports what they are", async () => {
    await mkdir(join(directory, "album"));
    expect(await messageOf(openPath(join(directory, "missing.png"), "mask"))).toBe(
      "`mask` (missing.png) does not exist. Check the path.",
    );
    expect(await messageOf(openPath(join(directory, "album")))).toMatch(
      /is a directory|cannot be opened|may not be read/,
    );
    expect(await messageOf(openPath(""))).toContain("is not a path");
    expect(await messageOf(openPath("a\0b"))).toContain("is not a path");
    const long = openPath(`${"a".repeat(5_000)}.png`, "mask");
    expect(await messageOf(long)).toMatch(/^`mask` \(a{40}\.\.\.\) cannot be opened \(ENAMETOOLONG\)/);
    await expect(long).rejects.toHaveProperty("cause", undefined);
    // Windows has neither of these.
    if (process.platform === "win32") return;
    execFileSync("/usr/bin/mkfifo", [join(directory, "pipe")]);
    await symlink("loop.png", join(directory, "loop.png"));
    expect(await messageOf(openPath(join(directory, "album")))).toContain("is a directory");
    expect(await messageOf(openPath(join(directory, "pipe")))).toContain("is a pipe");
    expect(await messageOf(openPath("/dev/zero"))).toContain("is a device");
    expect(await messageOf(openPath(join(directory, "loop.png")))).toContain("cannot be opened (ELOOP)");
  });
});

describe("base64 text given as a path", () => {
  it.each(["png", "jpeg", "webp"] as const)("is recognized as a %s, in a short message", async (format) => {
    const raw = { width: 300, height: 300, channels: 3 } as const;
    const noise = Uint8Array.from({ length: 270_000 }, (_, index) => Math.imul(index, 2_654_435_761) >>> 24);
    const image = await sharp(noise, { raw }).toFormat(format).toBuffer();
    for (const text of [
      image.toString("base64"),
      image.toString("base64url"),
      image.toString("base64", 0, 60),
    ]) {
      const opened = openPath(text, "mask");
      expect(await messageOf(opened)).toBe(
        "`mask` is the base64 text of an image, not a path. Put `data:image/png;base64,` before it, or give the path of a file.",
      );
      const error: unknown = await opened.catch((reason: unknown) => reason);
      expect(inspect(error, { depth: 9 }).length).toBeLessThan(3_000);
      expect(JSON.stringify(error)).not.toContain(text.slice(0, 24));
    }
  });
});

describe(createNodeOpener, () => {
  const { signal } = new AbortController();

  it("opens paths, `file:` URLs as URL and as string, and bytes", async () => {
    const path = await create("a b#c.png");
    const open = createNodeOpener();
    for (const input of [
      path,
      pathToFileURL(path),
      pathToFileURL(path).href,
      new Uint8Array(bytes),
      new Blob([bytes]),
      `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`,
      new URL(`data:image/png;base64,${Buffer.from(bytes).toString("base64")}`),
    ]) {
      const source = await open(input, "image", signal);
      expect((await readAll(source)).equals(bytes)).toBe(true);
      await source.close?.();
    }
  });

  it.each(["data:image/png;base64,!", "ftp://example.com/a.png", "file://elsewhere/a.png", "https://"])(
    "rejects %s",
    async (input) => {
      const open = async (): Promise<ByteSource> => createNodeOpener()(input, "image", signal);
      expect(await messageOf(open())).toMatch(/^`image` is .* Give|Check/);
    },
  );
});
