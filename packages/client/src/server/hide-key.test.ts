import fc from "fast-check";
import { expect, test } from "vitest";
import { createKeyHider } from "./hide-key.ts";

const key = "sk-sk-secret";

function pass(text: string, sizes: readonly number[]): string {
  const hider = createKeyHider(key);
  const bytes = Buffer.from(text);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
    parts.push(hider.push(bytes.subarray(at, at + size)));
    at += size;
  }
  parts.push(hider.push(bytes.subarray(at)), hider.end());
  return Buffer.concat(parts).toString();
}

test("hides the key wherever the pieces are cut, and changes nothing else", () => {
  const text = fc.array(fc.constantFrom(key, "sk-", "s", "secret", "x", "\n\n"), { maxLength: 20 });
  fc.assert(
    fc.property(text, fc.array(fc.nat(9), { maxLength: 40 }), (words, sizes) => {
      const whole = words.join("");
      expect(pass(whole, sizes)).toBe(whole.replaceAll(key, "*".repeat(key.length)));
    }),
  );
});

test("holds back nothing that can not be the key's beginning", () => {
  const event = Buffer.from("data: s\n\n");
  expect(Buffer.from(createKeyHider(key).push(event)).toString()).toBe("data: s\n\n");
});
