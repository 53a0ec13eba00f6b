import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findOrientation } from "./read-orientation.ts";

function jpeg(orientation: number, isLittleEndian: boolean): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2 + 4 + 6 + 8 + 2 + 12 + 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xffd8);
  view.setUint16(2, 0xffe1);
  view.setUint16(4, bytes.length - 4);
  bytes.set(new TextEncoder().encode("Exif\0\0"), 6);
  view.setUint16(12, isLittleEndian ? 0x4949 : 0x4d4d);
  view.setUint16(14, 42, isLittleEndian);
  view.setUint32(16, 8, isLittleEndian);
  view.setUint16(20, 1, isLittleEndian);
  view.setUint16(22, 0x0112, isLittleEndian);
  view.setUint16(24, 3, isLittleEndian);
  view.setUint32(26, 1, isLittleEndian);
  view.setUint16(30, orientation, isLittleEndian);
  return bytes;
}

const find = (bytes: Uint8Array<ArrayBuffer>) => findOrientation(new DataView(bytes.buffer));

describe("findOrientation", () => {
  it("findOrientation reads every orientation in both byte orders", () => {
    for (const isLittleEndian of [true, false])
      for (let orientation = 1; orientation <= 8; orientation += 1)
        expect(find(jpeg(orientation, isLittleEndian))).toBe(orientation);
  });

  it("findOrientation skips fill bytes and stray bytes between segments", () => {
    for (const stray of [
      [0xff, 0xff],
      [0, 0, 0],
      [1, 0xff, 0, 2],
    ]) {
      const [start, rest] = [jpeg(6, true).slice(0, 2), jpeg(6, true).slice(2)];
      expect(find(Uint8Array.from([...start, 0xff, 0xfe, 0, 2, ...stray, ...rest]))).toBe(6);
    }
  });

  it("findOrientation returns 1 for invalid values", () => {
    expect([find(jpeg(0, true)), find(jpeg(9, true)), find(new Uint8Array(0))]).toEqual([1, 1, 1]);
  });

  it("findOrientation returns 1 to 8 for any bytes and any damage", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) =>
        inRange(find(Uint8Array.from([0xff, 0xd8, ...bytes]))),
      ),
    );
    fc.assert(
      fc.property(fc.nat(37), fc.nat(255), fc.nat(38), (at, value, length) => {
        const bytes = jpeg(6, true);
        bytes[at] = value;
        inRange(find(bytes.slice(0, length)));
      }),
    );
  });
});

function inRange(orientation: number): void {
  expect(orientation).toBeGreaterThanOrEqual(1);
  expect(orientation).toBeLessThanOrEqual(8);
}
