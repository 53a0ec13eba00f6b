import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusedName } from "./refused-name.ts";

describe(refusedName, () => {
  it.each([
    ["C:\\photos\\what?.png", '"?"'],
    ["C:\\photos\\a:b.png", '":"'],
    ["C:\\a*\\b.png", '"*"'],
    ["C:\\photos\\NUL.png", "device"],
    ["C:\\com1\\b.png", "device"],
    ["C:\\photos \\b.png", "dot or a space"],
    ["C:\\photos.\\b.png", "dot or a space"],
    ["C:\\a\u0001.png", "\\u0001"],
    ["C:\\a\u0000.png", "NUL"],
  ])("refuses %j on Windows", (file, reason) => {
    expect(refusedName(file, "win32")).toContain(reason);
  });

  it.each(["C:\\photos\\a.png", "\\\\server\\share\\a b.png", "C:\\console\\nullable.png", "C:\\.\\a.png"])(
    "accepts %j on Windows",
    (file) => {
      expect(refusedName(file, "win32")).toBeUndefined();
    },
  );

  it("refuses only NUL on other systems", () => {
    expect(refusedName("/photos/what? a:b.png", "linux")).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        expect(refusedName(`/photos/${name}.png`, "linux") !== undefined).toBe(name.includes("\u0000"));
      }),
    );
  });
});
