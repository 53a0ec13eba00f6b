import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  createGeneratedSpec,
  createScratchSpec,
  type ScratchSpec,
  vendorFile,
} from "./generate/scratch-spec.ts";
import { generate } from "./generate.ts";
import { RefusedError, updateSpec } from "./spec-update.ts";

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
    const scratch = await createGeneratedSpec();
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
      overlayFile: "spec/overlay.yaml",
    });
    expect(await snapshot(scratch)).toEqual(before);
  });

  it("adopts a document, regenerates everything and writes the changeset", async () => {
    const scratch = await createGeneratedSpec();
    const { root } = scratch;
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
    ["a page without a document", () => serve("<html>\n<p>hello</p>\n</html>"), "is an HTML page"],
    ["another kind of document", () => serve("swagger: '2.0'\n"), "lacks `openapi` or `paths`"],
  ])("changes nothing for %s", async (_title, sourceOf, message) => {
    const scratch = await createScratchSpec();
    const before = await snapshot(scratch);
    await expect(updateSpec({ root: scratch.root, source: await sourceOf() })).rejects.toThrow(message);
    expect(await snapshot(scratch)).toEqual(before);
  });

  it("adopts a limit once the overlay follows the advice, and never writes before", async () => {
    const scratch = await createGeneratedSpec();
    const { root } = scratch;
    const source = await newDocument(scratch, ["between 1 and 10", "between 1 and 20"]);
    const before = await snapshot(scratch);
    const refused: unknown = await updateSpec({ root, source }).catch((error: unknown) => error);
    if (!(refused instanceof RefusedError)) throw refused;
    expect(refused.report).toMatchObject({
      level: "minor",
      misfits: [{ text: expect.stringContaining("to 20") }],
    });
    expect(await snapshot(scratch)).toEqual(before);

    const advice = refused.message.split("in spec/overlay.yaml:\n")[1]?.split("\n\n")[0] ?? "";
    const overlay = await scratch.read("spec/overlay.yaml");
    await scratch.write("spec/overlay.yaml", `${overlay.trimEnd()}\n${advice.replaceAll(/^ {2}/gm, "")}\n`);
    const { changes, differences, bump } = await updateSpec({ root, source });
    const text = "Changed the maximum of `n` from 10 to 20 for every model.";
    expect(changes[0]).toEqual({ field: "n", level: "minor", text });
    expect(differences).toMatchObject([
      { level: "minor", text: expect.stringContaining(text), status: "explained" },
    ]);
    expect(bump).toMatchObject({ level: "minor", isBreaking: false });
    expect(await generate({ root, check: true })).toMatchObject({ files: [] });
  });

  it("adopts an accepted difference with the level that was given, on the command line or in the overlay", async () => {
    const scratch = await createScratchSpec();
    const { root } = scratch;
    const source = await newDocument(scratch, [
      "between 1 and 10.",
      "between 1 and 10. Then wait 5 minutes.",
    ]);
    const path =
      "$.paths['/v1/images/edits'].post.requestBody.content['multipart/form-data'].schema.properties.n.description";
    await expect(updateSpec({ root, source })).rejects.toThrow("may state another fact: now 5, minutes");
    const accepted = await updateSpec({ root, source, dryRun: true, accept: [`${path}=patch`] });
    expect(accepted.differences).toMatchObject([{ path, level: "patch", status: "accepted" }]);
    expect(accepted.bump).toMatchObject({ level: "patch" });
    const other = updateSpec({ root, source, dryRun: true, accept: ["$.info.description"] });
    await expect(other).rejects.toThrow("may state another fact");
    await expect(updateSpec({ root, source, accept: ["info"] })).rejects.toThrow("is not a path");

    const overlay = await scratch.read("spec/overlay.yaml");
    const reviewed = (after: string) =>
      `${overlay}x-accepted:\n  - path: ${path}\n    after: "${after}"\n    level: none\n    reason: The client has no limiter.\n`;
    await scratch.write("spec/overlay.yaml", reviewed("another text"));
    await expect(updateSpec({ root, source })).rejects.toThrow("may state another fact");
    const after = "The number of images to be generated must be between 1 and 10. Then wait 5 minutes.\\n";
    await scratch.write("spec/overlay.yaml", reviewed(after));
    const { differences, bump } = await updateSpec({ root, source });
    expect(differences).toMatchObject([{ path, level: "none", status: "accepted" }]);
    // The text is in the generated types and docs.
    expect(bump).toMatchObject({ level: "patch" });
    expect(await generate({ root, check: true })).toMatchObject({ files: [] });
  });

  it("keeps a vendor's schema of one of our names apart", async () => {
    const scratch = await createScratchSpec();
    const { root } = scratch;
    const source = await newDocument(
      scratch,
      [
        "  schemas: {}",
        "  schemas:\n    ErrorBody:\n      type: object\n      properties:\n        inner:\n          $ref: '#/components/schemas/ErrorBody'",
      ],
      [
        "                  id:\n                    type: string\n",
        "                  id:\n                    type: string\n                  error:\n                    $ref: '#/components/schemas/ErrorBody'\n",
      ],
    );
    const { differences } = await updateSpec({ root, source });
    expect(differences.map(({ level, path }) => `${level} ${path.slice(-16)}`)).toContain(
      "minor properties.error",
    );
    const spec = await scratch.read("spec/openapi.yaml");
    expect(spec).toContain("    VendorErrorBody:\n");
    expect(spec).toContain("$ref: '#/components/schemas/VendorErrorBody'");
    expect(spec).toContain("$ref: '#/components/schemas/ErrorBody'");
  });

  const script = join(import.meta.dirname, "spec-update.ts");
  const command = (...args: string[]) =>
    promisify(execFile)(process.execPath, [script, ...args]).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
        code,
        stdout,
        stderr,
      }),
    );

  it("explains all misfits at once with the YAML that fixes each, and writes nothing", async () => {
    const scratch = await createScratchSpec();
    const source = await newDocument(
      scratch,
      ["between 1 and 10", "between 1 and 4"],
      ["less than 4MB", "less than 8MB"],
      ["Completed creation", "Completed creation of 3 images"],
      tighter,
      field,
    );
    const before = await snapshot(scratch);
    const { code, stdout, stderr } = await command("--root", scratch.root, "--explain", source);
    expect(code).toBe(1);
    expect(stdout).toContain("major (refused): $.paths['/v1/images/edits'].post.description\n");
    expect(stdout).toContain("properties.art_style\n  Added the field `art_style`.\n  before: (absent)\n");
    expect(stderr).toContain(
      "from 10 to 4 (CommonLimits).\n  Append to `actions` in spec/overlay.yaml:\n    - target: ",
    );
    expect(stderr).toContain("belowBytes: 8388608");
    expect(stderr).toContain("append to `x-accepted` in spec/overlay.yaml");
    expect(stderr).toMatch(/--accept "\$\.paths\['\/v1\/images\/edits'\]\.post\.description=major"/);
    expect(stderr).toMatch(/If it is adopted like this, it is major. Nothing was written.\n$/);
    expect(await snapshot(scratch)).toEqual(before);
    const json = await command("--root", scratch.root, "--json", source);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ status: "refused", level: "major" });
  });

  it("explains its use, and exits with 2 for a wrong one", async () => {
    const { code, stdout } = await command("--help");
    expect(code).toBe(0);
    for (const option of ["--explain", "--accept PATH", "--dry-run", "--json", "--root DIR", "x-accepted"])
      expect(stdout).toContain(option);
    expect(await command()).toMatchObject({ code: 2, stderr: expect.stringContaining("--help") });
    expect(await command("--explian", "x")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--explian"),
    });
  });

  it("changes nothing and reports a path that moved away from the overlay's targets", async () => {
    const scratch = await createScratchSpec();
    const source = await newDocument(scratch, ["/v1/images/edits:", "/v1/images/edit:"]);
    const before = await snapshot(scratch);
    const run = promisify(execFile)(process.execPath, [script, "--root", scratch.root, source]);
    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /replace `\$\.paths\['\/v1\/images\/edits'\]` by `\$\.paths\['\/v1\/images\/edit'\]` in 12 places.*Nothing was written\.\n$/s,
      ),
    });
    expect(await snapshot(scratch)).toEqual(before);
  });
});
