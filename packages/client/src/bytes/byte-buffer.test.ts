import fc from "fast-check";
import { expect, it } from "vitest";
import { createByteBuffer } from "./byte-buffer.ts";

it("contains appended bytes and drops truncated ones", () => {
  const step = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.nat(255),
    fc.string({ unit: "binary-ascii" }),
    fc.constant("truncate" as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const buffer = createByteBuffer();
      let expected = Buffer.of();
      for (const given of steps) {
        if (given === "truncate") {
          expected = expected.subarray(0, expected.length >> 1);
          buffer.truncate(expected.length);
        } else {
          if (typeof given === "number") buffer.appendByte(given);
          else if (typeof given === "string") buffer.appendAscii(given);
          else buffer.append(given);
          const more = typeof given === "number" ? Buffer.of(given) : Buffer.from(given as string); // or bytes
          expected = Buffer.concat([expected, more]);
        }
      }
      expect(Buffer.from(buffer.bytes()).equals(expected)).toBe(true);
      expect(buffer.length).toBe(expected.length);
      expect(buffer.text(1)).toBe(new TextDecoder().decode(expected.subarray(1)));
      expect(buffer.endsWith(expected.subarray(-3).toString("latin1"))).toBe(true);
    }),
  );
});
