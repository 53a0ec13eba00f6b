import { expect, it } from "vitest";
import { LineFinder } from "./line-finder.ts";

it.each([1, 2, 3, 100])("finds lines in chunks of %i bytes, with CRLF counted once", (size) => {
  const text = 'a,b\r\n"1\r\n\r\n2",c\n\n\rlast';
  const finder = new LineFinder("m.csv", 3);
  for (let at = 0; at < text.length; at += size) finder.push(Buffer.from(text.slice(at, at + size)));
  const ends = [5, text.indexOf("\n\n") + 1, text.length];
  const places = ends.map((end) => finder.next(end));
  expect(places.map(({ line, start }) => [line, text.slice(start - 3)[0]])).toEqual([
    [1, "a"],
    [2, '"'],
    [7, "l"],
  ]);
  expect(places.map(({ end }) => end - 3)).toEqual(ends);
});

it("rejects a row of more than 64 MB, not a file of many rows", () => {
  const finder = new LineFinder("m.csv", 0);
  const chunk = Buffer.from(`${"x".repeat(2 ** 20 - 1)}\n`);
  let end = 0;
  for (; end < 70 * chunk.length; end += chunk.length) {
    finder.push(chunk);
    finder.next(end + chunk.length);
  }
  const pushAll = () => {
    for (let count = 0; count < 66; count++) finder.push(chunk);
  };
  expect(pushAll).toThrow("m.csv has a row of more than 64 MB, after line 71.");
});
