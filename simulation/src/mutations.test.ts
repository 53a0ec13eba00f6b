import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parsePatch } from "./apply-patch.ts";
import { catchMutation, listMutations, readMutation } from "./mutations.ts";

describe(catchMutation, () => {
  // All of them, and up to 1,000 seeds, are in `full`.
  it.each([
    "write-sent-after-the-post",
    "do-not-sync-the-journal",
    "call-a-500-rejected",
    "forget-the-claim",
    "do-not-look-at-other-claims",
    "give-up-the-claim-of-an-unknown-edit",
  ])("catches a product that would %s", async (name) => {
    expect(await catchMutation(name, 100)).toBeDefined();
  });
});

describe(readMutation, () => {
  it("has a place in the sources for every mutation", async () => {
    for (const name of await listMutations()) {
      const { file, apply } = await readMutation(name);
      const source = await readFile(new URL(`../../${file}`, import.meta.url), "utf8");
      expect(apply(source), name).not.toBe(source);
    }
  });
});

describe(parsePatch, () => {
  const patch = parsePatch(
    "--- a/one.ts\n+++ b/one.ts\n@@ -1,3 +1,3 @@\n const a = 1;\n-const b = 2;\n+const b = 3;\n const c = 4;\n",
  );

  it("finds its lines by their text", () => {
    const source = "// more\nconst a = 1;\nconst b = 2;\nconst c = 4;\n";
    expect(patch.file).toBe("one.ts");
    expect(patch.apply(source)).toBe("// more\nconst a = 1;\nconst b = 3;\nconst c = 4;\n");
  });

  it("refuses a source that has changed", () => {
    expect(() => patch.apply("const a = 1;\n")).toThrow("matches 0 places instead of one");
  });
});
