import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";

const repository = join(import.meta.dirname, "../../..");
const docs = await readFile(join(repository, "docs/models.md"), "utf8");

it("shows code that runs as pasted, on the client's source", async () => {
  const directory = await mkdtemp(join(tmpdir(), "retouch-docs-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const code = /```ts\n(.*?)```/s.exec(docs)?.[1] ?? "";
  const source = pathToFileURL(join(repository, "packages/client/src/models/limits.ts")).href;
  expect(code).toContain('from "@retouch/client/models"');
  await writeFile(
    join(directory, "pasted.ts"),
    code.replace('"@retouch/client/models"', JSON.stringify(source)),
  );
  const { stdout } = await promisify(execFile)(process.execPath, [join(directory, "pasted.ts")]);
  expect(stdout).toMatch(/^gpt-image-1, .*dall-e-3\n/);
  expect(stdout).toContain("belowBytes: 52428800");
});

it("links each model to a heading that exists", () => {
  const headings = [...docs.matchAll(/^## (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
  const links = [...docs.matchAll(/\]\(#([^)]*)\)/g)].map(([, link]) => link);
  expect(links.length).toBeGreaterThan(5);
  for (const link of links) expect(headings).toContain(link);
});

it("keeps every row of a table as wide as its head", () => {
  for (const table of docs.split("\n\n").filter((block) => block.startsWith("| "))) {
    const widths = table
      .trim()
      .split("\n")
      .map((row) => row.replaceAll("\\|", "").split("|").length);
    expect(new Set(widths).size, table).toBe(1);
  }
});
