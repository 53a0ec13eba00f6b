import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compileConsumer } from "./compile-consumer.ts";

// `contract/full` compiles each of them under TypeScript 5.9, 6 and 7.
test.each([
  ["page", "typescript"],
  ["node16", "typescript-7"],
  ["nodenext", "typescript-7"],
] as const)("declarations compile in a %s project under %s", async (name, compiler) => {
  expect(await compileConsumer(name, compiler)).toEqual({ code: 0, stdout: "", stderr: "" });
});

// `pnpm release:rehearse` compiles them under 5.5.
test.each(["client", "mock", "react-hooks"])(
  "the declarations of %s have no typed array with a type argument, which TypeScript 5.6 cannot read",
  async (name) => {
    const dist = fileURLToPath(new URL(`../../../packages/${name}/dist`, import.meta.url));
    const files = (await readdir(dist, { recursive: true })).filter((file) => file.endsWith(".d.ts"));
    const found = await Promise.all(
      files.map(async (file) =>
        (await readFile(join(dist, file), "utf8")).match(/\b(?:\w*\d\w*Array|DataView|Buffer)<.*/g),
      ),
    );
    expect(files).toContain("index.d.ts");
    expect(found.flatMap((lines) => lines ?? [])).toEqual([]);
  },
);
