import { expect, test } from "vitest";
import { ProxyError } from "../proxy-error.ts";
import { createAttemptDeduplicator } from "./deduplicate-attempts.ts";

test("rejects the second of two attempts with one id, and reports that the first may have been billed", () => {
  const memory = createAttemptDeduplicator();
  memory.add("attempt-1");
  memory.add("attempt-2");
  const again = () => memory.add("attempt-1");
  expect(again).toThrow(ProxyError);
  expect(again).toThrow("The first attempt may have been billed; the second was not forwarded.");
  expect(again).toThrow(
    expect.objectContaining({ status: 409, code: "duplicate_attempt", outcome: "unknown" }),
  );
});

test("accepts an attempt again that certainly produced no image", () => {
  const memory = createAttemptDeduplicator();
  memory.add("attempt-1").delete();
  expect(() => memory.add("attempt-1")).not.toThrow();
});

test("ignores attempts without an id, or with an invalid one", () => {
  const memory = createAttemptDeduplicator();
  for (const id of [null, "", "short", "x".repeat(65), "a b c d e f"]) {
    memory.add(id);
    expect(() => memory.add(id).delete()).not.toThrow();
  }
});

test("deletes ids after a quarter of an hour, and stores at most ten thousand", () => {
  let time = 0;
  const memory = createAttemptDeduplicator(() => time);
  memory.add("attempt-old");
  time = 15 * 60_000;
  expect(() => memory.add("attempt-old")).not.toThrow();
  for (let index = 0; index < 10_000; index++) memory.add(`attempt-${index}`);
  expect(() => memory.add("attempt-old")).not.toThrow();
  expect(() => memory.add("attempt-9999")).toThrow(ProxyError);
});
