import { expect, it } from "vitest";
import { codeAdvice } from "./code-advice.ts";
import { codePages } from "./code-pages.ts";
import messages from "./error-messages.json" with { type: "json" };

const [page] = codePages();
const sections = (page?.text ?? "").split(/^### /m).slice(1);

it("says for every code what it means, what was billed and what to do", () => {
  expect(sections.length).toBeGreaterThan(160);
  const short = sections.filter((section) => {
    const [, meaning, whatToDo] = section.split("\n\n");
    return (
      !/\*\*[\w-]+\*\*: \S/.test(meaning ?? "") || !/^\S/.test(whatToDo ?? "") || /^##/.test(whatToDo ?? "")
    );
  });
  expect(short.map((section) => section.split(" ")[0])).toEqual([]);
});

it("has advice and messages only of codes that exist, and not both", () => {
  const known = new Set(sections.map((section) => section.split(" ")[0]));
  const named = [...Object.keys(codeAdvice), ...Object.keys(messages)];
  expect(named.filter((code, at) => !known.has(code) || named.indexOf(code) !== at)).toEqual([]);
});
