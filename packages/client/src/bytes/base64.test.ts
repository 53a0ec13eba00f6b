import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { decodeBase64, encodeBase64 } from "./base64.ts";

const chars = (text: string) => Buffer.from(text, "latin1");
const platforms = {
  node: {},
  "a browser without a decoder": { Buffer: undefined },
  "a browser with `fromBase64`": { Buffer: undefined, Uint8Array: createModern() },
};

/** Substitutes the method that browsers have and Node 24 does not. */
function createModern() {
  const { Buffer } = globalThis;
  return class extends Uint8Array {
    static fromBase64(text: string): Uint8Array {
      if (/[^\w\s+/=]|_/.test(text)) throw new SyntaxError("invalid character");
      return new Uint8Array(Buffer.from(text, "base64"));
    }
  };
}

afterEach(() => vi.unstubAllGlobals());

describe.each(Object.entries(platforms))("on %s", (_, globals) => {
  const withGlobals = <T>(run: () => T): T => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    try {
      return run();
    } finally {
      vi.unstubAllGlobals();
    }
  };

  it("decodes what Buffer encodes, in either alphabet", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 99 }), fc.boolean(), (bytes, isUrl) => {
        const text = chars(
          Buffer.from(bytes)
            .toString(isUrl ? "base64url" : "base64")
            .replaceAll("=", ""),
        );
        const decoded = withGlobals(() => decodeBase64(text));
        expect(decoded && Buffer.from(decoded).equals(bytes)).toBe(true);
      }),
    );
  });

  it("rejects every byte outside both alphabets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = Buffer.from(bytes).toString("latin1");
        const isBase64 = /^[\w+/-]*$/.test(text) && text.length % 4 !== 1;
        expect(withGlobals(() => decodeBase64(bytes)) !== undefined).toBe(isBase64);
      }),
      { numRuns: 500, examples: [[chars("AAA=")], [chars("AA A")], [chars("AAAA\u00ff")], [chars("A")]] },
    );
  });

  it("encodes like Buffer", () => {
    for (const byteLength of [0, 1, 2, 3, 24_575, 24_576, 24_577, 60_000]) {
      const bytes = Uint8Array.from({ length: byteLength }, (__, index) => index * 7);
      expect(withGlobals(() => encodeBase64(bytes))).toBe(Buffer.from(bytes).toString("base64"));
    }
  });
});
