import { existsSync, globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = new URL("../../../", import.meta.url);

/** Returns every path in a page: in backticks or in indented blocks. */
function pathsOf(page: string): string[] {
  const text = readFileSync(new URL(page, root), "utf8");
  const found = text.match(/\b(?:packages|spec|tools|contract|bench|examples|docs)\/[\w./@-]*[\w/]/g) ?? [];
  return [...new Set(found)];
}

test.each(["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"])("every path in %s exists", (page) => {
  const paths = pathsOf(page);
  expect(paths.length).toBeGreaterThan(3);
  expect(paths.filter((path) => !existsSync(fileURLToPath(new URL(path, root))))).toEqual([]);
});

test("no source file has over 220 lines without saying why", () => {
  const files = globSync("{packages,examples,tools,simulation,fuzz,bench}/{*/,}src/**/*.{ts,tsx}", {
    cwd: fileURLToPath(root),
    exclude: (name) => /^(?:node_modules|dist|generated|fixtures)$/.test(name),
  }).filter((file) => !/\.(?:test|test-d|gen)\.tsx?$/.test(file));
  expect(files.length).toBeGreaterThan(500);
  const long = files.filter((file) => {
    const text = readFileSync(new URL(file.replaceAll("\\", "/"), root), "utf8");
    return text.split("\n").length > 221 && !text.includes("// Over 220 lines: ");
  });
  expect(long).toEqual([]);
});
