import { describe, expect, it } from "vitest";
import { lowerArrayTypes } from "./lower-array-types.ts";

describe(lowerArrayTypes, () => {
  it("replaces every type argument that TypeScript 5.6 does not know", () => {
    const written = `declare const a: Promise<Uint8Array<ArrayBuffer>>;
declare const b: AsyncIterable<Uint8ClampedArray<ArrayBuffer>> | BigInt64Array<ArrayBuffer>;
declare const c: (bytes: Uint8Array<ArrayBufferLike>) => Uint8Array;
declare const d: ReadonlyArray<ArrayBuffer> | Array<ArrayBuffer>;`;
    expect(lowerArrayTypes(written)).toBe(`declare const a: Promise<ReturnType<Uint8Array["slice"]>>;
declare const b: AsyncIterable<ReturnType<Uint8ClampedArray["slice"]>> | ReturnType<BigInt64Array["slice"]>;
declare const c: (bytes: Uint8Array) => Uint8Array;
declare const d: ReadonlyArray<ArrayBuffer> | Array<ArrayBuffer>;`);
  });

  it.each(["Uint8Array<T>", "Uint8Array<SharedArrayBuffer>", "Buffer<ArrayBuffer>", "DataView<ArrayBuffer>"])(
    "refuses %s",
    (type) => {
      expect(() => lowerArrayTypes(`declare const bytes: ${type};`)).toThrow(
        `TypeScript before 5.7 cannot read \`${type}\` in a declaration.`,
      );
    },
  );
});
