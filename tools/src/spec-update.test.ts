import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { createScratchSpec, type ScratchSpec, vendorFile } from "./generate/scratch-spec.ts";
import { generate } from "./generate.ts";
import { updateSpec } from "./spec-update.ts";

/** Returns every file of the scratch copy with its text, including generated and cached files. */
async function snapshot({ root, read }: ScratchSpec): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, await read(file)] as const)));
}

async function serve(body: string, status = 200): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/spec`; // a TCP server has a port
}

/** Writes a changed copy of the vendor's document beside the scratch copy's spec. */
async function newDocument(scratch: ScratchSpec, ...edits: [from: string, to: string][]): Promise<string> {
  let text = await scratch.read(vendorFile);
  for (const [from, to] of edits) {
    expect(text).toContain(from);
    text = text.replace(from, () => to);
  }
  await scratch.write("new.yaml", text);
  return join(scratch.root, "new.yaml");
}

const tighter: [string, string] = ['example: "1"\n', 'example: "1"\n                  maximum: 4\n'];
const field: [string, string] = [
  "                moderation:\n",
  "                art_style:\n                  type: string\n                moderation:\n",
];
const prose: [string, string] = ["The required text description", "The necessary text description"];

describe("updateSpec", () => {
  it("writes nothing for the current document, also when it is embedded in a page", async () => {
    const scratch = await createScratchSpec();
    await generate({ root: scratch.root });
    await scratch.write("page.md", `# Edit\r\n\r\n\`\`\`yaml\n${await scratch.read(vendorFile)}\`\`\`\n`);
    const before = await snapshot(scratch);
    const source = join(scratch.root, "page.md");
    expect(await updateSpec({ root: scratch.root, source })).toEqual({
      differences: [],
      changes: [],
      misfits: [],
      level: "none",
      bump: undefined,
      files: [],
      notes: [],
    });
    expect(await snapshot(scratch)).toEqual(before);
  });

  it("adopts a document, regenerates everything and writes the changeset", async () => {
    const scratch = await createScratchSpec();
    const { root } = scratch;
    await generate({ root });
    const source = await newDocument(scratch, tighter, field, prose);
    const { changes, bump, files, notes } = await updateSpec({ root, source });
    expect(changes).toMatchObject([
      { level: "major", text: "Changed the maximum of `n` from 10 to 4 for every model." },
      { level: "minor", text: "Added the field `art_style`." },
      { level: "patch", text: "Took over the vendor's new description of `prompt`." },
    ]);
    expect(bump).toMatchObject({ level: "minor", isBreaking: true });
    expect(notes).toEqual([expect.stringContaining("`art_style` is new")]);
    expect(await scratch.read(vendorFile)).toBe(await scratch.read("new.yaml"));
    const changeset = files.find((file) => file.startsWith(".changeset/spec-"));
    expect(await scratch.read(changeset ?? "")).toBe(`---
"@retouch/client": minor
"@retouch/cli": minor
"@retouch/mock": minor
---

Breaking: followed the vendor's new document.

- Changed the maximum of \`n\` from 10 to 4 for every model.
- Added the field \`art_style\`.
- Took over the vendor's new description of \`prompt\`.
`);
    expect(await generate({ root, check: true })).toMatchObject({ files: [] });
    expect(await generate({ root })).toMatchObject({ skipped: true });
  });

  it("explains the level: breaking is major from 1.0 on, an addition is minor, a description is a patch", async () => {
    const scratch = await createScratchSpec();
    const { root } = scratch;
    const bumpFor = async (...edits: [string, string][]) => {
      const source = await newDocument(scratch, ...edits);
      return (await updateSpec({ root, source, dryRun: true })).bump;
    };
    expect(await bumpFor(field)).toMatchObject({
      level: "minor",
      reason: expect.stringContaining("there is more"),
    });
    expect(await bumpFor(prose)).toMatchObject({ level: "patch", reason: "only descriptions changed." });
    for (const name of ["client", "cli", "mock"]) {
      await scratch.edit(`packages/${name}/package.json`, '"version": "0.', '"version": "1.');
    }
    expect(await bumpFor(tighter)).toMatchObject({
      level: "major",
      reason: "code that worked can stop working.",
    });
  });

  it("writes nothing in a dry run", async () => {
    const scratch = await createScratchSpec();
    const source = await newDocument(scratch, field);
    const before = await snapshot(scratch);
    const { files } = await updateSpec({ root: scratch.root, source, dryRun: true });
    expect(files).toContain(vendorFile);
    expect(await snapshot(scratch)).toEqual(before);
  });

  it("accepts a URL", async () => {
    const scratch = await createScratchSpec();
    await newDocument(scratch, prose);
    const source = await serve(await scratch.read("new.yaml"));
    const { changes } = await updateSpec({ root: scratch.root, source });
    expect(changes).toMatchObject([{ level: "patch" }]);
    expect(await scratch.read(vendorFile)).toContain("necessary text");
  });

  it("accepts the same document as JSON or with CRLF line endings", async () => {
    const scratch = await createScratchSpec();
    const { root } = scratch;
    const { parse } = await import("yaml");
    await scratch.write("new.json", JSON.stringify(parse(await scratch.read(vendorFile))));
    expect((await updateSpec({ root, source: join(root, "new.json") })).changes).toEqual([]);
    const crlf = (await scratch.read("new.json")).replaceAll('"components"', '\r\n"components"');
    await scratch.write("crlf.json", crlf);
    await updateSpec({ root, source: join(root, "crlf.json") });
    expect(await scratch.read(vendorFile)).toBe(crlf);
    expect(await generate({ root, check: true })).toMatchObject({ files: [] });
  });

  it.each([
    ["a missing file", async () => "/no/such/file.yaml", "cannot be read from /no/such/file.yaml"],
    ["a URL that returns 404", () => serve("gone", 404), "returned 404"],
    ["a URL without a server", async () => "http://127.0.0.1:1/spec", "did not respond"],
    [
      "a page without a document",
      () => serve("<html>\n<p>hello</p>\n</html>"),
      "The vendor's new document is not a YAML object",
    ],
    ["another kind of document", () => serve("swagger: '2.0'\n"), "lacks `openapi` or `paths`"],
  ])("changes nothing for %s", async (_title, sourceOf, message) => {
    const scratch = await createScratchSpec();
    const before = await snapshot(scratch);
    await expect(updateSpec({ root: scratch.root, source: await sourceOf() })).rejects.toThrow(message);
    expect(await snapshot(scratch)).toEqual(before);
  });

  it("changes nothing and reports a path that moved away from the overlay's targets", async () => {
    const scratch = await createScratchSpec();
    const source = await newDocument(scratch, ["/v1/images/edits:", "/v1/images/edit:"]);
    const before = await snapshot(scratch);
    const script = join(import.meta.dirname, "spec-update.ts");
    const run = promisify(execFile)(process.execPath, [script, "--root", scratch.root, source]);
    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /replace `\$\.paths\['\/v1\/images\/edits'\]` by `\$\.paths\['\/v1\/images\/edit'\]` in 11 places.*Nothing was written\.\n$/s,
      ),
    });
    expect(await snapshot(scratch)).toEqual(before);
  });
});
