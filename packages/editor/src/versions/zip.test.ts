import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createZip } from "./zip.ts";

describe(createZip, () => {
  it("creates an archive whose directory leads to every file, with its size and its sum", async () => {
    const files = [
      { name: "versions.json", bytes: new TextEncoder().encode("[]") },
      { name: "vérsion-1.png", bytes: Uint8Array.from({ length: 70_000 }, (_, index) => index % 251) },
      { name: "empty", bytes: new Uint8Array() },
    ];
    const archive = Buffer.from(await createZip(files).arrayBuffer());
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
});
