import { readFile } from "node:fs/promises";
import { ESLint } from "eslint";
import { describe, expect, it } from "vitest";

const eslint = new ESLint();

async function complaints(code: string): Promise<readonly (string | null)[]> {
  const [result] = await eslint.lintText(code, { filePath: "src/hooks/use-image-edit.ts" });
  return result?.messages.map(({ ruleId }) => ruleId) ?? [];
}

describe("what the React Compiler asks", () => {
  it("is kept by every hook", async () => {
    for (const file of ["use-image-edit", "use-owned-session", "use-mask", "edit-session-provider"])
      expect(await complaints(await readFile(new URL(`${file}.ts`, import.meta.url), "utf8"))).toEqual([]);
  });

  it("is asked: a hook that breaks it is found", async () => {
    const code = `import { useRef } from "react";
      export function useLate(value) { const latest = useRef(value); latest.current = value; return latest; }`;
    expect(await complaints(code)).toContain("react-hooks/refs");
  });
});
