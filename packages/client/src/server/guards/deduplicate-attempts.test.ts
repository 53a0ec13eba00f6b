import { expect, test } from "vitest";
import { ProxyError } from "../proxy-error.ts";
import { createAttemptDeduplicator } from "./deduplicate-attempts.ts";

test("refuses the second of two attempts with one id, and says that the first may have been billed", () => {
  const memory = createAttemptDeduplicator();
  memory.add("attempt-1");
  memory.add("attempt-2");
  const again = () => memory.add("attempt-1");
  expect(again).toThrow(ProxyError);
  expect(again).toThrow(
    expect.objectContaining({ status: 409, code: "duplicate_attempt", outcome: "unknown" }),
  );
});

test("lets an attempt that certainly made no picture come again", () => {
  const memory = createAttemptDeduplicator();
  memory.add("attempt-1").delete();
  expect(() => memory.add("attempt-1")).not.toThrow();
});

test("minds no attempt without an id, or with one that is none", () => {
  const memory = createAttemptDeduplicator();
  for (const id of [null, "", "short", "x".repeat(65), "a b c d e f"]) {
    memory.add(id);
    expect(() => memory.add(id)).not.toThrow();
  }
});

test("forgets after a quarter of an hour, and holds ten thousand at most", () => {
  let time = 0;
  const memory = createAttemptDeduplicator(() => time);
  memory.add("attempt-old");
  time = 15 * 60_000;
  expect(() => memory.add("attempt-old")).not.toThrow();
  for (let index = 0; index < 10_000; index++) memory.add(`attempt-${index}`);
  expect(() => memory.add("attempt-old")).not.toThrow();
  expect(() => memory.add("attempt-9999")).toThrow(ProxyError);
});
