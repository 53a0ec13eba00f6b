import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compileConsumer, consumers } from "./compile-consumer.ts";

test.concurrent.each(consumers)("declarations compile under TypeScript 5.9 in a %s project", async (name) => {
  expect(await compileConsumer(name, "typescript")).toEqual({ code: 0, stdout: "", stderr: "" });
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
