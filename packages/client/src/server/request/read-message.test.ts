import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { readMessage } from "./read-message.ts";

const bytes = (text: string) => Buffer.from(text);

function read(stream: PassThrough, isEnough: (chunk: string) => boolean = () => false) {
  const chunks = readMessage(stream);
  const taken: string[] = [];
  const reading = chunks.readTo?.((chunk) => {
    taken.push(String(chunk));
    return !isEnough(String(chunk));
  });
  return { chunks, taken, reading };
}

test("passes each chunk as it arrives, until the last one", async () => {
  const stream = new PassThrough();
  stream.write(bytes("one"));
  const { chunks, taken, reading } = read(stream);
  await expect.poll(() => taken).toEqual(["one"]);
  stream.write(bytes("two"));
  stream.end(bytes("three"));
  await reading;
  expect(taken).toEqual(["one", "two", "three"]);
  expect(await chunks.next()).toEqual({ done: true, value: undefined });
});

test("leaves what follows the last wanted chunk to `next`", async () => {
  const stream = new PassThrough();
  for (const text of ["one", "two"]) stream.write(bytes(text));
  const { chunks, taken, reading } = read(stream, (chunk) => chunk === "one");
  await reading;
  stream.end(bytes("three"));
  let rest = "";
  for (let step = await chunks.next(); !step.done; step = await chunks.next()) rest += String(step.value);
  expect({ taken, rest }).toEqual({ taken: ["one"], rest: "twothree" });
});

test("takes nothing of a message that was read before", async () => {
  const stream = new PassThrough();
  stream.end(bytes("one"));
  for await (const _ of stream);
  const { taken, reading } = read(stream);
  await reading;
  expect(taken).toEqual([]);
});

test.each([
  ["its error", new Error("cut"), "cut"],
  ["an error for a close", undefined, "The page closed the connection."],
])("rejects with %s, also the `next` after it", async (_, error, message) => {
  const stream = new PassThrough();
  stream.write(bytes("one"));
  const { chunks, taken, reading } = read(stream);
  await expect.poll(() => taken).toEqual(["one"]);
  stream.destroy(error);
  await expect(reading).rejects.toThrow(message);
  await expect(chunks.next()).rejects.toThrow(message);
});
