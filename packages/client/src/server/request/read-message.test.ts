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

const large = () => Buffer.alloc(65_536, "x");

/** A stream as `node:http` has it, and two chunks that it has passed. */
async function passTwo(before: (stream: PassThrough) => void = () => undefined) {
  const stream = Object.assign(new PassThrough(), { httpVersionMajor: 1 });
  before(stream);
  const [first, second] = [large(), large()];
  const { taken, reading } = read(stream);
  stream.write(first);
  stream.end(second);
  await reading;
  expect(taken).toEqual([String(large()), String(large())]);
  return [first, second];
}

test("frees the memory of a chunk once the next one was copied", async () => {
  const [first, second] = await passTwo();
  expect([first?.length, second?.length]).toEqual([0, 65_536]);
});

test.each<[string, (stream: PassThrough) => void]>([
  ["another listener", (stream) => stream.on("data", () => undefined)],
  ["a monitoring tool that replaced a method", (stream) => Object.assign(stream, { on: stream.on })],
  ["HTTP/2", (stream) => Object.assign(stream, { httpVersionMajor: 2 })],
])("leaves the memory of chunks to %s", async (_, before) => {
  expect((await passTwo(before)).map(({ length }) => length)).toEqual([65_536, 65_536]);
});

test("leaves the memory of a chunk that is a part of another buffer", async () => {
  const stream = Object.assign(new PassThrough(), { httpVersionMajor: 1 });
  const both = Buffer.alloc(131_072, "x");
  const { taken, reading } = read(stream);
  stream.write(both.subarray(0, 65_536));
  stream.end(both.subarray(65_536));
  await reading;
  expect([taken.length, both.length]).toEqual([2, 131_072]);
});
