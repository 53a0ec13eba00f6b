import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { constants, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readNamedFile, refuseSpecialFile } from "./read-named-file.ts";

const directory = mkdtempSync(path.join(tmpdir(), "retouch-named-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const at = (name: string) => path.join(directory, name);
const read = async (file: string) => {
  const bytes = await readNamedFile("--settings", file, { maxMegabytes: 1 });
  return Buffer.from(bytes).toString();
};

describe(readNamedFile, () => {
  it("reads a file of up to its limit", async () => {
    writeFileSync(at("full"), "ü".repeat(512 * 1024));
    expect(await read(at("full"))).toBe("ü".repeat(512 * 1024));
    truncateSync(at("full"), 1024 * 1024 + 1);
    await expect(read(at("full"))).rejects.toThrow("is longer than 1 MB. Give a shorter file.");
  });

  it.each([
    ["gone", "cannot be read: no such file. Give an existing file."],
    [".", "is a folder. Give a file."],
  ])("refuses %s", async (name, message) => {
    await expect(read(at(name))).rejects.toMatchObject({
      exitCode: 2,
      message: `\`--settings ${at(name)}\` ${message}`,
    });
  });
});

describe.skipIf(process.platform === "win32")("what is not a file", () => {
  const makePipe = () => {
    execFileSync("/usr/bin/mkfifo", [at("pipe")]);
  };

  it("is refused without reading or waiting", async () => {
    makePipe();
    try {
      await expect(read("/dev/zero")).rejects.toThrow("`--settings /dev/zero` is a device. Give a file.");
      await expect(read(at("pipe"))).rejects.toThrow("is a named pipe. Give a file, or `<(COMMAND)`");
      for (const file of ["/dev/zero", at("pipe")])
        await expect(refuseSpecialFile(file, "it")).rejects.toThrow("it is a device or a pipe.");
    } finally {
      // Ends what waits for a writer: Node waits for that, even at its end.
      await (await open(at("pipe"), constants.O_RDWR | constants.O_NONBLOCK)).close();
      rmSync(at("pipe"));
    }
  });

  it("is read if it is a pipe that the shell opened, whenever its writer writes", async () => {
    makePipe();
    const pipe = await open(at("pipe"), constants.O_RDWR | constants.O_NONBLOCK);
    const reader = await open(at("pipe"), constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = await open(at("pipe"), constants.O_WRONLY | constants.O_NONBLOCK);
    await pipe.close();
    const text = read(`/dev/fd/${reader.fd}`);
    await writer.write("RETOUCH_");
    await writer.write("MODEL=a");
    await writer.close();
    expect(await text).toBe("RETOUCH_MODEL=a");
    await reader.close();
    rmSync(at("pipe"));
  });
});
