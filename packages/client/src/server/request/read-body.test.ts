import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { startDeadline } from "../../async/deadline.ts";
import { noise } from "../../fixtures/noise.ts";
import { BodyBuffer, readBody } from "./read-body.ts";

const bytes = noise(100_000);

describe.each([
  ["with ArrayBuffer.transfer", true],
  ["on Node 20, without it", false],
])("%s", (_, hasTransfer) => {
  const transfer = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "transfer");
  afterEach(() => void (transfer && Object.defineProperty(ArrayBuffer.prototype, "transfer", transfer)));
  const start = (announced?: number) => {
    if (!hasTransfer && transfer)
      Object.defineProperty(ArrayBuffer.prototype, "transfer", { ...transfer, value: undefined });
    return new BodyBuffer(announced);
  };

  test("returns what was appended, whatever was announced", () => {
    const chunk = fc.nat(bytes.length).map((start) => bytes.subarray(start));
    const chunks = fc.array(chunk, { maxLength: 8 });
    fc.assert(
      fc.property(chunks, fc.option(fc.nat(400_000), { nil: undefined }), (given, announced) => {
        const held = start(announced);
        for (const chunk of given) held.append(chunk);
        const whole = Buffer.concat(given);
        expect(held.byteLength).toBe(whole.length);
        expect(whole.equals(held.bytes())).toBe(true);
      }),
    );
  });

  test("reserves no memory for bytes that were only announced", () => {
    const held = start(1e9);
    held.append(new Uint8Array(10));
    expect(held.bytes().buffer.byteLength).toBeLessThan(100_000);
  });

  test("takes exactly the announced size once the bytes have arrived", () => {
    const held = start(1_000_000);
    for (let count = 0; count < 10; count++) held.append(new Uint8Array(100_000));
    expect(held.bytes().buffer.byteLength).toBe(1_000_000);
  });

  test("frees its memory even under views that are still held", () => {
    const held = start();
    held.append(new Uint8Array(1_000_000));
    const window = held.bytes().subarray(10, 20);
    held.release();
    expect([window.byteLength, held.byteLength, held.bytes().byteLength]).toEqual([0, 0, 0]);
  });
});

test("takes no chunk that arrives after the call has ended", async () => {
  const controller = new AbortController();
  const deadline = startDeadline(60_000, controller.signal);
  let take: ((chunk: Uint8Array) => boolean) | undefined;
  const readTo = (given: NonNullable<typeof take>) => {
    take = given;
    return new Promise<void>(() => undefined);
  };
  const reading = readBody({ read: undefined, readTo }, undefined, 100, deadline);
  expect(take?.(Uint8Array.of(1))).toBe(true);
  controller.abort(new Error("gone"));
  await expect(reading).rejects.toThrow("gone");
  expect(take?.(Uint8Array.of(2))).toBe(false);
  deadline.end();
});
