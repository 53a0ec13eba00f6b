import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSettings } from "./parse-settings.ts";

const known = ["RETOUCH_API_KEY", "RETOUCH_MODEL"];
const parse = (text: string) => parseSettings(text, "my.env", known);

describe(parseSettings, () => {
  it("reads names and values, quoted or not, with comments and either line break", () => {
    expect(
      parse('\uFEFF# mine\r\n\r\nexport RETOUCH_API_KEY = "a b"  # key\r\n  RETOUCH_MODEL=m#1=x #2'),
    ).toEqual({ RETOUCH_API_KEY: "a b", RETOUCH_MODEL: "m#1=x" });
    expect(parse("RETOUCH_API_KEY=\nRETOUCH_MODEL='C:\\new'\n")).toEqual({
      RETOUCH_API_KEY: "",
      RETOUCH_MODEL: "C:\\new",
    });
    expect(parse("")).toEqual({});
  });

  it.each([
    ["NODE_OPTIONS=--require ./x.cjs", "Line 1 of my.env sets `NODE_OPTIONS`, which is not a setting."],
    ["# c\nOPENAI_API_KEY=sk-1", "Line 2 of my.env sets `OPENAI_API_KEY`"],
    ["RETOUCH_MODLE=x", "Did you mean `RETOUCH_MODEL`?"],
    ["retouch_model=x", "`retouch_model`"],
    ["__proto__=x", "`__proto__`"],
    ["RETOUCH_API_KEY: sk-1", "Line 1 of my.env is not `NAME=value`"],
    ["RETOUCH_API_KEY", "Line 1 of my.env is not `NAME=value`"],
    ['RETOUCH_API_KEY="sk-1\nRETOUCH_MODEL=m', "Line 1 of my.env has an open quote"],
    ["RETOUCH_API_KEY='sk-1'x", "text after one: `RETOUCH_API_KEY`"],
    ["RETOUCH_MODEL=a\nRETOUCH_MODEL=b", "Line 2 of my.env sets `RETOUCH_MODEL` a second time"],
  ])("refuses %j", (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it.each([
    "sk-proj-1234",
    "c2VjcmV0LWtleQ==",
    "RETOUCH_API_KEY sk-proj-1234",
    "RETOUCH_API_KEY='sk-proj-1234",
  ])("shows nothing of the line %j that may be a key", (text) => {
    expect(() => parse(text)).toThrow(/^(?!.*(?:1234|c2Vj))/);
  });

  it("returns every setting of any text, or refuses it with code 2", () => {
    const line = fc.oneof(
      fc.string(),
      fc.tuple(fc.constantFrom(...known, "FOO"), fc.string()).map(([name, value]) => `${name}=${value}`),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.join("\n");
        let found: Record<string, string>;
        try {
          found = parse(text);
        } catch (error) {
          expect(error).toMatchObject({ exitCode: 2, outcome: "not-sent" });
          return;
        }
        const set = text.split(/[\r\n]+/).filter((one) => !/^\s*(?:#|$)/.test(one));
        expect(Object.keys(found)).toHaveLength(set.length);
      }),
    );
  });
});
