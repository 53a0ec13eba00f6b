import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createZips } from "./zip.ts";

describe(createZips, () => {
  it("creates an archive whose directory leads to every file, with its size and its sum", async () => {
    const files = [
      { name: "versions.json", bytes: new TextEncoder().encode("[]") },
      { name: "vérsion-1.png", bytes: Uint8Array.from({ length: 70_000 }, (_, index) => index % 251) },
      { name: "empty", bytes: new Uint8Array() },
    ];
    const [zip, ...others] = await createZips(
      files.map(({ name, bytes }) => ({ name, blob: new Blob([bytes]) })),
    );
    expect([others, zip?.unread]).toEqual([[], []]);
    const archive = Buffer.from((await zip?.blob.arrayBuffer()) ?? new ArrayBuffer());
    const end = archive.length - 22;
    expect(archive.readUInt32LE(end)).toBe(0x06054b50);
    expect(archive.readUInt16LE(end + 10)).toBe(3);
    let at = archive.readUInt32LE(end + 16);
    for (const { name, bytes } of files) {
      expect(archive.readUInt32LE(at)).toBe(0x02014b50);
      expect(archive.readUInt32LE(at + 16)).toBe(crc32(bytes));
      const [size, nameLength] = [archive.readUInt32LE(at + 24), archive.readUInt16LE(at + 28)];
      expect(archive.subarray(at + 46, at + 46 + nameLength).toString()).toBe(name);
      const local = archive.readUInt32LE(at + 42);
      expect(archive.readUInt32LE(local)).toBe(0x04034b50);
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      expect(archive.subarray(start, start + size).equals(bytes)).toBe(true);
      at += 46 + nameLength;
    }
    expect(at).toBe(end);
  });

  it("creates several archives of what is too large for one, without a file that cannot be read", async () => {
    const lost = new Blob(["lost"]);
    lost.arrayBuffer = () => Promise.reject(new DOMException("It is gone.", "NotReadableError"));
    const blobs = [new Blob(["a".repeat(3_000)]), lost, new Blob(["b".repeat(3_000)]), new Blob(["c"])];
    const archives = await createZips(
      blobs.map((blob, index) => ({ name: `${index}.png`, blob })),
      5_500,
    );
    const names = archives.map(async ({ blob }) => [...new Set((await blob.text()).match(/\d\.png/g))]);
    expect(await Promise.all(names)).toEqual([["0.png"], ["2.png", "3.png"]]);
    expect(archives.map(({ unread }) => unread)).toEqual([["1.png"], []]);
  });
});
