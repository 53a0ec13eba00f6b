import { readdirSync, readFileSync } from "node:fs";
import { transformSync } from "@babel/core";
import compiler from "babel-plugin-react-compiler";
import ts from "typescript";
import { expect, test } from "vitest";

const directory = new URL("./", import.meta.url);
const sources = readdirSync(directory).filter((name) => !name.includes(".test."));

/** Compiles like an app that enables the React Compiler, but a broken rule throws instead of skipping the function. */
function compile(source: string): string {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      jsx: ts.JsxEmit.ReactJSX,
    },
  });
  const plugins = [[compiler, { panicThreshold: "all_errors" }]];
  return (
    transformSync(outputText, { filename: "hook.js", plugins, configFile: false, babelrc: false })?.code ?? ""
  );
}

test.each(sources)("the React Compiler compiles %s", (name) => {
  expect(compile(readFileSync(new URL(name, directory), "utf8"))).toContain("react/compiler-runtime");
});

test("the React Compiler refuses code that breaks its rules", () => {
  const broken = "export function useBroken(box) { if (box.on) useState(0); return box; }";
  expect(() => compile(`import { useState } from "react"; ${broken}`)).toThrow(/Hooks must always be called/);
});

test("every hook is compiled", () => {
  expect(sources).toEqual(
    expect.arrayContaining(["use-image-edit.ts", "use-mask.ts", "use-owned-session.ts"]),
  );
});
