import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  createGeneratedSpec,
  createScratchSpec,
  type ScratchSpec,
  vendorFile,
} from "../generate/scratch-spec.ts";
import { generate } from "../generate.ts";
import type { KnownReports } from "./known-reports.ts";
import { serveDocument } from "./serve-document.ts";
import { type WatchResult, watchVendor } from "./watch-vendor.ts";

const nothing: KnownReports = { pulls: [], issues: [] };
const field: [string, string] = [
  "                moderation:\n",
  "                art_style:\n                  type: string\n                moderation:\n",
];
const limit: [string, string] = ["between 1 and 10", "between 1 and 4"];

type Edit = readonly [from: string, to: string];

async function changed(scratch: ScratchSpec, ...edits: Edit[]): Promise<string> {
  let text = await scratch.read(vendorFile);
  for (const [from, to] of edits) {
    expect(text).toContain(from);
    text = text.replace(from, () => to);
  }
  return text;
}

/** Every file of the scratch copy with its text. */
async function snapshot({ root, read }: ScratchSpec): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, await read(file)] as const)));
}

async function watch(
  scratch: ScratchSpec,
  document: Parameters<typeof serveDocument>[0],
  known = nothing,
): Promise<WatchResult & { url: string }> {
  const url = await serveDocument(document);
  const result = await watchVendor({ root: scratch.root, vendor: { name: "ChainHub", url }, known });
  return { ...result, url };
}

function expectAction<Action extends WatchResult["action"]>(result: WatchResult, action: Action) {
  expect(result).toMatchObject({ action });
  return result as Extract<WatchResult, { action: Action }>;
}

describe(watchVendor, () => {
  it("does nothing for the current document, as YAML, JSON or on a page", async () => {
    const scratch = await createScratchSpec();
    const { parse } = await import("yaml");
    const text = await scratch.read(vendorFile);
    const before = await snapshot(scratch);
    for (const same of [text, JSON.stringify(parse(text)), `# Edits\n\n\`\`\`yaml\n${text}\`\`\`\n`])
      expect(await watch(scratch, same)).toMatchObject({
        action: "none",
        reason: "ChainHub's document is unchanged.",
      });
    expect(await snapshot(scratch)).toEqual(before);
  });

  it("does nothing for a skipped vendor", async () => {
    const { root } = await createScratchSpec();
    const vendor = { name: "ChainHub", skipped: "No URL." };
    expect(await watchVendor({ root, vendor, known: nothing })).toEqual({
      action: "none",
      reason: "ChainHub is skipped. No URL.",
    });
  });

  it("writes an update that can be adopted, and describes its pull request", async () => {
    const scratch = await createGeneratedSpec();
    const { root } = scratch;
    const text = await changed(scratch, field);
    const before = await snapshot(scratch);
    const result = await watch(scratch, text);
    const { branch, title, body, files } = expectAction(result, "pull-request");
    const hash = branch.slice("spec-watch/chainhub-".length);
    expect(branch).toMatch(/^spec-watch\/chainhub-[\da-f]{12}$/);
    expect(title).toBe(`feat(spec): follow ChainHub's document ${hash}`);
    expect(body).toContain(`adopted ChainHub's document: ${result.url}\n`);
    expect(body).toContain("The packages go up by a minor version");
    expect(body).toMatch(/```text\nminor: \$\.paths.*art_style\n {2}Added the field `art_style`\./);
    expect(body).not.toContain(tmpdir());
    const after = await snapshot(scratch);
    const written = Object.keys(after).filter((file) => after[file] !== before[file]);
    expect(files).toEqual(
      expect.arrayContaining([vendorFile, expect.stringMatching(/^\.changeset\/spec-.*\.md$/)]),
    );
    expect(written).toEqual(expect.arrayContaining(files));
    expect(after[vendorFile]).toBe(text);
    expect(await generate({ root, check: true })).toMatchObject({ files: [] });
    expect(await watch(scratch, text)).toMatchObject({ action: "none" });
  });

  it("opens no second pull request for a document while one is open or was rejected", async () => {
    const scratch = await createScratchSpec();
    const text = await changed(scratch, field);
    const before = await snapshot(scratch);
    const url = await serveDocument(text);
    const vendor = { name: "ChainHub", url };
    const decide = (known: KnownReports) => watchVendor({ root: scratch.root, vendor, known, dryRun: true });
    const { branch } = expectAction(await decide(nothing), "pull-request");
    for (const state of ["OPEN", "CLOSED"]) {
      const pulls = [{ number: 7, state, headRefName: branch }];
      const { reason } = expectAction(await decide({ pulls, issues: [] }), "none");
      expect(reason).toContain(`#7 (${state.toLowerCase()})`);
    }
    const hash = branch.slice("spec-watch/chainhub-".length);
    const { body } = expectAction(
      await decide({
        pulls: [
          { number: 4, state: "OPEN", headRefName: "spec-watch/chainhub-000000000000" },
          { number: 5, state: "MERGED", headRefName: "spec-watch/chainhub-000000000001" },
          // The vendor went back to this document.
          { number: 3, state: "MERGED", headRefName: branch },
        ],
        issues: [{ number: 6, state: "OPEN", title: `ChainHub's document was refused: ${hash}` }],
      }),
      "pull-request",
    );
    expect(body.match(/#\d+/g)).toEqual(["#6", "#4"]);
    expect(body).toContain("Closes #6.");
    expect(await snapshot(scratch)).toEqual(before);
  });

  it("writes nothing for a refused document, and describes its issue with the report", async () => {
    const scratch = await createScratchSpec();
    const before = await snapshot(scratch);
    const result = await watch(scratch, await changed(scratch, limit, field));
    const { title, body } = expectAction(result, "issue");
    expect(title).toMatch(/^ChainHub's document was refused: [\da-f]{12}$/);
    expect(body).toContain(`run \`pnpm spec:update ChainHub ${result.url}\``);
    expect(body).toContain("If it is adopted like this, it is major.");
    expect(body).toContain("from 10 to 4 (CommonLimits).\n  Append to `actions` in spec/overlay.yaml:\n");
    expect(body).toContain("Added the field `art_style`.");
    expect(body).not.toContain(tmpdir());
    expect(await snapshot(scratch)).toEqual(before);
  });

  it("opens no second issue for a document while one is open or was rejected, and refers to the issue of an earlier one", async () => {
    const scratch = await createScratchSpec();
    const text = await changed(scratch, limit);
    const { title } = expectAction(await watch(scratch, text), "issue");
    const same = { number: 8, title: `[spec] ${title}` };
    const settled = [
      { ...same, state: "OPEN", stateReason: "" },
      { ...same, state: "CLOSED", stateReason: "NOT_PLANNED" },
    ];
    for (const issue of settled)
      expect(await watch(scratch, text, { pulls: [], issues: [issue] })).toMatchObject({
        action: "none",
        reason: expect.stringContaining("#8"),
      });
    const earlier = {
      pulls: [],
      issues: [
        { number: 9, state: "OPEN", title: "ChainHub's document was refused: 000000000000" },
        { number: 10, state: "CLOSED", title: "ChainHub's document was refused: 000000000001" },
        { number: 11, state: "OPEN", title: "A question" },
        // The vendor went back to this document.
        { ...same, state: "CLOSED", stateReason: "COMPLETED" },
      ],
    };
    const { body } = expectAction(await watch(scratch, text, earlier), "issue");
    expect(body.match(/#\d+/g)).toEqual(["#9"]);
  });

  it.each([
    ["without our operation", "paths:\n  /v1/images/edits:", "paths:\n  /v1/other:"],
    [
      "with a reference to another file",
      "                  type: string\n",
      "                  $ref: other.yaml\n",
    ],
  ])("opens an issue for a document %s, which cannot be compared", async (_title, from, to) => {
    const scratch = await createScratchSpec();
    const text = (await changed(scratch, [from, to])).replace("    post:\n", "    put:\n");
    const before = await snapshot(scratch);
    const { body } = expectAction(await watch(scratch, text), "issue");
    expect(body).toMatch(/```text\nThe vendor's/);
    expect(await snapshot(scratch)).toEqual(before);
  });

  it("names the URL, not a file, in the issue for a document that is not UTF-8", async () => {
    const scratch = await createScratchSpec();
    const bytes = Buffer.from(
      (await scratch.read(vendorFile)).replace("The required text", "Größe"),
      "latin1",
    );
    const result = await watch(scratch, bytes);
    const { body } = expectAction(result, "issue");
    expect(body).toContain(`${result.url} is not UTF-8: line `);
    expect(body).not.toContain(tmpdir());
  });

  it.each([
    ["ends between two lines", (text: string) => text.slice(0, text.indexOf("\n", text.length / 2) + 1)],
    ["ends inside a line", (text: string) => text.slice(0, text.indexOf("multipart/form-data") + 4)],
    ["is another page", () => "Sign in to read this page.\n"],
    ["is an error in JSON", () => '{"error":"rate limited"}'],
    ["is empty", () => ""],
  ])("reports nothing for a text that %s", async (_title, change) => {
    const scratch = await createScratchSpec();
    const before = await snapshot(scratch);
    const text = change(await scratch.read(vendorFile));
    await expect(watch(scratch, text)).rejects.toMatchObject({
      name: "FetchError",
      message: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/spec is not a complete document\. \S/),
    });
    expect(await snapshot(scratch)).toEqual(before);
  });
});
