import ts from "typescript";
import { expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { blocksOf } from "./readme-blocks.ts";

// Its command lines are parsed by packages/queue/src/readme.test.ts.
const blocks = blocksOf("docs/site/pages/guides/queue-recipes.md");
const inLanguage = (name: string) => blocks.filter(({ language }) => language === name);

it("finds the programs and manifests of the queue's recipes", () => {
  expect([inLanguage("js").length, inLanguage("yaml").length]).toEqual([2, 2]);
});

it.each(inLanguage("js"))("$title has no syntax error", ({ code }) => {
  const { diagnostics } = ts.transpileModule(code, { reportDiagnostics: true, fileName: "block.mjs" });
  expect(diagnostics?.map(({ messageText }) => messageText)).toEqual([]);
});

it.each(inLanguage("yaml"))("$title is a manifest of Kubernetes", ({ code }) => {
  for (const document of parseAllDocuments(code)) {
    if (!("errors" in document)) continue;
    expect(document.errors).toEqual([]);
    expect(document.toJS()).toMatchObject({ apiVersion: expect.any(String), kind: expect.any(String) });
  }
});
