import { describe, expect, it } from "vitest";
import { jsonText } from "./json-text.ts";

describe("jsonText", () => {
  it("spells out every mark that a terminal obeys, and means the same", () => {
    const text = "\u001b[2J \u009b31m \u202egnp.exe \u2066 \u007f ü 猫";
    const written = jsonText({ text });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(written).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    expect(written).toContain("ü 猫");
    expect(JSON.parse(written)).toEqual({ text });
  });

  it("indents where asked to", () => {
    expect(jsonText({ a: 1 }, 2)).toBe('{\n  "a": 1\n}');
  });
});
