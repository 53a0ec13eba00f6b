import fc from "fast-check";
import { expect, test } from "vitest";
import { findBytes } from "./find-bytes.ts";

test("finds what Buffer finds, for any from and until", () => {
  const bytes = fc
    .array(fc.constantFrom(13, 10, 45, 45, 97, 98), { maxLength: 300 })
    .map((list) => Uint8Array.from(list));
  const mark = fc
    .array(fc.constantFrom(13, 10, 45, 97), { minLength: 1, maxLength: 12 })
    .map((list) => Uint8Array.from(list));
  fc.assert(
    fc.property(bytes, mark, fc.nat(310), fc.nat(310), (haystack, needle, from, until) => {
      const found = Buffer.from(haystack).indexOf(needle, from);
      const expected = from < haystack.length && found >= 0 && found < until ? found : -1;
      expect(findBytes(haystack, needle, from, until)).toBe(expected);
    }),
  );
});

test("calls the platform's search no more often than it pays, whatever the bytes", () => {
  const bytes = new Uint8Array(64_000).map((_, at) => (at % 2 ? 13 : 0));
  let calls = 0;
  const counted = Object.assign(bytes, {
    indexOf(byte: number, from?: number) {
      calls++;
      return Uint8Array.prototype.indexOf.call(this, byte, from);
    },
  });
  expect(findBytes(counted, Uint8Array.of(13, 10, 45))).toBe(-1);
  expect(calls).toBeLessThan(1_100);
});
