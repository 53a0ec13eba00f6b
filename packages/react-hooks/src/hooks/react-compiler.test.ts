import { readdirSync, readFileSync } from "node:fs";
import { transformSync } from "@babel/core";
import compiler from "babel-plugin-react-compiler";
import ts from "typescript";
import { expect, test } from "vitest";

const folder = new URL("./", import.meta.url);
const hooks = readdirSync(folder).filter((name) => /^use-.*(?<!\.test)\.tsx?$|-provider\.tsx?$/.test(name));

/** Compiles as an app that turned the React Compiler on; a rule that is broken throws instead of being passed over. */
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

test.each(hooks.filter((name) => !name.includes(".test.")))("%s goes through the React Compiler", (name) => {
  expect(compile(readFileSync(new URL(name, folder), "utf8"))).toContain("react/compiler-runtime");
});

test("the compiler refuses what breaks its rules", () => {
  const broken = "export function useBroken(box) { if (box.on) useState(0); return box; }";
  expect(() => compile(`import { useState } from "react"; ${broken}`)).toThrow(/Hooks must always be called/);
});
