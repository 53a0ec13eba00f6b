import { describe, expect, it } from "vitest";
import { findWords } from "./find-words.ts";

const textsOf = (text: string, path = "packages/x/src/x.ts"): string[] =>
  findWords(path, text).map((word) => word.text);

describe("findWords", () => {
  it.each([
    ["It can not be read.", "can not"],
    ["`fetch` is no function.", "is no"],
    ["They are no images.", "are no"],
    ["Mend `proxy`.", "Mend"],
    ["It tells whether.", "tells"],
    ["As told before.", "told"],
    ["the road of an edit", "road"],
    ["createEditRoad()", "Road"],
    ["const picture = 1;", "picture"],
    ["openPictures()", "Pictures"],
    ["no_picture", "picture"],
    ["readAnswer()", "Answer"],
    ["reads the answer", "the answer"],
    ["makeFolder()", "Folder"],
    ["whoever waits", "whoever"],
    ["nobody's name", "nobody's"],
    ["It was paid for.", "paid for"],
    ["It was cancelled.", "cancelled"],
    ["a colour", "colour"],
  ])("finds the term in %j", (text, term) => {
    expect(textsOf(text)).toEqual([term]);
  });

  it("finds a term that the end of a line cuts", () => {
    expect(textsOf("// What can\n// not be read.\n")).toEqual(["can not"]);
  });

  it("finds a term once, at its line and column", () => {
    expect(findWords("a.md", "One.\nIt is no URL.\nTwo.")).toEqual([
      { line: 2, column: 4, text: "is no", instead: "is not a, must be" },
    ]);
  });

  it("finds a term in a file's name", () => {
    expect(findWords("contract/src/sample-pictures.ts", "")).toMatchObject([{ line: 0, text: "pictures" }]);
  });

  it.each([
    "There is no mask, and it is no longer sent.",
    "The server answered 429.",
    "maxAnswerBytes",
    '<picture><source media="print"></picture>',
    "a folder in prose",
    "broadcast",
  ])("lets %j pass", (text) => {
    expect(textsOf(text)).toEqual([]);
  });

  it("allows a term in its place only", () => {
    const allowed = [{ path: "spec/", text: /road-bike/g, why: "the name of a model" }];
    expect(findWords("spec/overlay.yaml", "road-bike", undefined, allowed)).toEqual([]);
    expect(findWords("docs/x.md", "road-bike", undefined, allowed)).toHaveLength(1);
    expect(findWords("spec/overlay.yaml", "road-bike, road", undefined, allowed)).toHaveLength(1);
  });
});
