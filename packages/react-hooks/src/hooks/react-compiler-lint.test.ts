import { readdirSync, readFileSync } from "node:fs";
import { ESLint } from "eslint";
import { expect, test } from "vitest";

const eslint = new ESLint();
const directory = new URL("./", import.meta.url);
const sources = readdirSync(directory).filter((name) => !name.includes(".test."));

async function brokenRules(code: string): Promise<readonly (string | null)[]> {
  const [result] = await eslint.lintText(code, { filePath: "src/hooks/use-image-edit.ts" });
  if (result === undefined) throw new Error("ESLint ignored the file.");
  return result.messages.map(({ ruleId }) => ruleId);
}

test.each(sources)("%s keeps the rules of the React Compiler", async (name) => {
  expect(await brokenRules(readFileSync(new URL(name, directory), "utf8"))).toEqual([]);
});

test("a hook that breaks a rule of the React Compiler is reported", async () => {
  const code = `import { useRef } from "react";
    export function useLate(value) { const latest = useRef(value); latest.current = value; return latest; }`;
  expect(await brokenRules(code)).toContain("react-hooks/refs");
});
