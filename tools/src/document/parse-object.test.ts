import { describe, expect, it } from "vitest";
import { parseObject } from "./parse-object.ts";

const parse = (text: string) => parseObject(text, "The document");

describe("parseObject", () => {
  it.each([
    ["YAML", "a: 1\nb: [x, 'y']\n"],
    ["JSON", '{"a":1,"b":["x","y"]}'],
    ["other quotes, order, comments and a document's marks", '---\n# text\nb:\n  - "x"\n  - y\na: 1\n...\n'],
    ["CRLF", "a: 1\r\nb:\r\n- x\r\n- y\r\n"],
    ["braces in YAML", "{ a: 1, b: [x, y] }"],
    ["aliases", "b: &b [x, y]\na: 1\n"],
  ])("reads %s", (_title, text) => {
    expect(parse(text)).toEqual({ a: 1, b: ["x", "y"] });
  });

  it.each([
    ["nothing", "", "is empty"],
    ["a list", "- a\n", "is not a YAML object"],
    ["a bad line", "a: 1\nb: @\n", "is not YAML: "],
    ["a tab", "a:\n\tb: 1\n", "line 2"],
    ["a repeated key", "a: 1\na: 2\n", "duplicated mapping key"],
    ["a repeated key of JSON", '{"a": 1, "a": 2}', "duplicated mapping key"],
    ["two documents", "a: 1\n---\nb: 2\n", "several YAML documents"],
    ["an open list", "a: [1, 2", "ends early"],
    ["open JSON", '{"a": {"b": "c', "ends early"],
    ["an open quote", 'a: "text\n', "ends early"],
    ["a number that JSON lacks", "a: .nan\n", "which JSON cannot express"],
    ["a document inside itself", "a: &a { b: *a }\n", "contains itself"],
    ["a prototype", '{"__proto__": {"a": 1}, "b": 1}', "`__proto__`"],
    [
      "aliases without end",
      `a0: &a0 [x, x]\n${Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]\n`).join("")}`,
      "once its aliases are expanded",
    ],
  ])("refuses %s", (_title, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});
