import { expect, test } from "vitest";
import { Refusal } from "../proxy-error.ts";
import { createAttemptMemory } from "./deduplicate-attempts.ts";

test("refuses the second of two attempts with one id, and says that the first may have been billed", () => {
  const memory = createAttemptMemory();
  memory.remember("attempt-1");
  memory.remember("attempt-2");
  const again = () => memory.remember("attempt-1");
  expect(again).toThrow(Refusal);
  expect(again).toThrow(expect.objectContaining({ status: 409, code: "sent_before", outcome: "unknown" }));
});

test("lets an attempt that certainly made no picture come again", () => {
  const memory = createAttemptMemory();
  memory.remember("attempt-1").forget();
  expect(() => memory.remember("attempt-1")).not.toThrow();
});

test("minds no attempt without an id, or with one that is none", () => {
  const memory = createAttemptMemory();
  for (const id of [null, "", "short", "x".repeat(65), "a b c d e f"]) {
    memory.remember(id);
    expect(() => memory.remember(id)).not.toThrow();
  }
});

test("forgets after a quarter of an hour, and holds ten thousand at most", () => {
  let time = 0;
  const memory = createAttemptMemory(() => time);
  memory.remember("attempt-old");
  time = 15 * 60_000;
  expect(() => memory.remember("attempt-old")).not.toThrow();
  for (let index = 0; index < 10_000; index++) memory.remember(`attempt-${index}`);
  expect(() => memory.remember("attempt-old")).not.toThrow();
  expect(() => memory.remember("attempt-9999")).toThrow(Refusal);
});
