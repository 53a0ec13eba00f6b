import { Buffer as NodeBuffer } from "node:buffer";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { decodeBase64, decodeBase64Text, encodeBase64 } from "./base64.ts";

const chars = (text: string) => Buffer.from(text, "latin1");
const platforms = {
  node: undefined,
  "a browser without a decoder": {},
  "a browser with `setFromBase64`": { setFromBase64 },
};

/** The method that browsers have and Node 24 does not. */
function setFromBase64(this: Uint8Array, text: string): { written: number } {
  if (/[^\w\s+/=]|_/.test(text)) throw new SyntaxError("invalid character");
  return { written: NodeBuffer.from(text, "base64").copy(this) };
}

afterEach(() => vi.unstubAllGlobals());

describe.each(Object.entries(platforms))("on %s", (_, globals) => {
  const withGlobals = <T>(run: () => T): T => {
    if (globals === undefined) return run();
    vi.stubGlobal("Buffer", undefined);
    Object.assign(Uint8Array.prototype, globals);
    try {
      return run();
    } finally {
      vi.unstubAllGlobals();
      for (const name of Object.keys(globals)) Reflect.deleteProperty(Uint8Array.prototype, name);
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

  it("decodes text of either alphabet with and without padding, and no other", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), (bytes, where) => {
        const buffer = Buffer.from(bytes);
        for (const text of [buffer.toString("base64"), buffer.toString("base64url")])
          expect(withGlobals(() => decodeBase64Text(text))).toEqual(new Uint8Array(bytes));
        // U+0141 ends in the byte of "A".
        for (const foreign of ["\u0141", " ", "=", "*", "\u00e9"]) {
          const text = buffer.toString("base64url");
          const at = where % text.length;
          const broken = text.slice(0, at) + foreign + text.slice(at + 1) + "A".repeat(4);
          expect(withGlobals(() => decodeBase64Text(broken))).toBeUndefined();
        }
      }),
    );
    for (const text of ["", "=", "==", "QUJDR", "QUI=Q", "QUJD===", "Q=JD", "QQ=Q", "QQ= "])
      expect(
        withGlobals(() => decodeBase64Text(text)),
        text,
      ).toBeUndefined();
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
