import { execFile } from "node:child_process";
import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { compileUses } from "../generate/compile-uses.ts";
import {
  createGeneratedSpec,
  createScratchSpec,
  openaiFile,
  type ScratchSpec,
  vendorFile,
} from "../generate/scratch-spec.ts";
import { generate } from "../generate.ts";
import { RefusedError, updateSpec } from "../spec-update.ts";
import { serveDocument } from "../watch/serve-document.ts";
import { watchVendor } from "../watch/watch-vendor.ts";
import { findVendor, listVendors } from "./list-vendors.ts";

const openaiSpec = "spec/vendor/openai/openapi.yaml";
const openaiTypes = "packages/client/src/generated/vendors/openai.gen.ts";
const ofOpenai = [openaiSpec, openaiTypes];

/** Writes a changed copy of OpenAI's document beside the scratch copy's spec. */
async function newDocument(scratch: ScratchSpec, ...edits: [from: string, to: string][]): Promise<string> {
  let text = await scratch.read(openaiFile);
  for (const [from, to] of edits) {
    if (!text.includes(from)) throw new Error(`The document does not contain: ${from}`);
    text = text.replace(from, () => to);
  }
  await scratch.write("new.yaml", text);
  return join(scratch.root, "new.yaml");
}

async function changesets({ root, read }: ScratchSpec): Promise<string[]> {
  const names = await readdir(join(root, ".changeset"));
  return Promise.all(names.map((name) => read(join(".changeset", name))));
}

describe("the documents of several vendors", () => {
  it("are kept apart: what one says changes nothing that clients of another get", async () => {
    const scratch = await createGeneratedSpec();
    const { root } = scratch;
    await scratch.editVendor(
      "enum: [transparent, opaque, auto]\n          default",
      "enum: [opaque]\n          default",
      openaiFile,
    );
    await scratch.editVendor(
      "  /models:\n",
      "  /images/styles:\n    get: { responses: { '200': { description: Styles. } } }\n  /models:\n",
      openaiFile,
    );
    const fromOpenai = (await generate({ root })).files;
    expect(fromOpenai).toEqual(["docs/models.md", ...ofOpenai]);
    expect(await scratch.read(openaiTypes)).toContain('"/v1/images/styles"');

    await scratch.editVendor("between 1 and 10", "between 1 and 4");
    await scratch.editVendor(
      "components:\n",
      "  /v1/styles:\n    get: { responses: { '200': { description: Styles. } } }\ncomponents:\n",
    );
    await scratch.write(
      "spec/overlay.yaml",
      `${await scratch.read("spec/overlay.yaml")}  - target: $.components.schemas.CommonLimits.properties.n\n    update: { maximum: 4 }\n`,
    );
    const fromChainhub = (await generate({ root })).files;
    expect(fromChainhub).toContain("packages/client/src/generated/limits.gen.ts");
    expect(fromChainhub).not.toEqual(expect.arrayContaining([expect.stringContaining("openai")]));
    expect(await scratch.read("packages/client/src/generated/openapi.gen.ts")).toContain('"/v1/styles"');
    expect(await scratch.read("spec/openapi.yaml")).not.toContain("/v1/styles");
    expect(await scratch.read("docs/models.md")).toMatch(
      /`gpt-image-1`.*\| `n` \| an integer, 1 to 4 \| an integer, 1 to 10 \|/,
    );
  });

  it("share the families: a new value of one of them reaches both", async () => {
    const scratch = await createGeneratedSpec();
    const { root } = scratch;
    await scratch.edit(
      "spec/overlay.yaml",
      "Complexity: { type: string, enum: [low, medium, high] }",
      "Complexity: { type: string, enum: [low, medium, high, extreme] }",
    );
    expect((await generate({ root })).files).toEqual(
      expect.arrayContaining(["spec/openapi.yaml", ...ofOpenai]),
    );
  });

  it("are each checked by their hash", async () => {
    const scratch = await createScratchSpec();
    await scratch.edit(openaiFile, "maximum: 10", "maximum: 11");
    await expect(generate({ root: scratch.root, check: true })).rejects.toThrow(
      /spec\/vendor\/openai\/images-edits\.yaml is not the vendor's document.*spec\/vendor\/openai\/overlay\.yaml.*`pnpm spec:update OpenAI FILE`/,
    );
  });

  it("are named by spec/servers.yaml", async () => {
    const scratch = await createScratchSpec();
    const spec = join(scratch.root, "spec");
    const servers = await scratch.read("spec/servers.yaml");
    const vendors = await listVendors(spec, servers);
    expect(vendors.map(({ name }) => name)).toEqual(["ChainHub", "OpenAI"]);
    expect(findVendor(vendors, "openai").name).toBe("OpenAI");
    expect(findVendor(vendors, undefined).name).toBe("ChainHub");
    await rename(join(spec, "vendor/openai"), join(spec, "vendor/hugging-face"));
    expect((await listVendors(spec, servers)).map(({ name }) => name)).toEqual(["ChainHub", "Hugging Face"]);
    await mkdir(join(spec, "vendor/acme"));
    await expect(listVendors(spec, servers)).rejects.toThrow("spec/vendor/acme is named after no vendor");
  });
});

describe("pnpm spec:update with the name of a vendor", () => {
  it("adopts its document, regenerates what depends on it and writes a changeset of the client", async () => {
    const scratch = await createGeneratedSpec();
    const { root } = scratch;
    const source = await newDocument(
      scratch,
      ["enum: [transparent, opaque, auto]\n          default", "enum: [opaque, auto]\n          default"],
      ["The number of images to make.", "The number of results."],
    );
    const { level, files } = await updateSpec({ root, vendor: "openai", source });
    expect(level).toBe("major");
    expect(files.filter((file) => !file.startsWith(".changeset"))).toEqual([
      "docs/models.md",
      ...ofOpenai,
      openaiFile,
      `${openaiFile}.sha256`,
    ]);
    expect(await changesets(scratch)).toEqual([
      expect.stringMatching(
        /^---\n"@retouch\/client": minor\n---\n\nBreaking: followed OpenAI's new document\.\n\n- Refused `transparent` for `background`/,
      ),
    ]);
    expect(await generate({ root, check: true })).toMatchObject({ files: [] });
    expect(await updateSpec({ root, vendor: "OpenAI", source })).toMatchObject({
      differences: [],
      files: [],
    });
  });

  it("refuses what its own overlay does not fit, and advises actions of that overlay", async () => {
    const scratch = await createScratchSpec();
    const source = await newDocument(
      scratch,
      ["smaller than 50 MB", "smaller than 20 MB"],
      ["frame_count:\n", "frames:\n"],
    );
    const refused = await updateSpec({ root: scratch.root, vendor: "OpenAI", source }).then(
      () => expect.unreachable("it is accepted"),
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(RefusedError);
    const { message } = refused as RefusedError;
    expect(message).toContain("from 52428800 to 20971520 (LaterGptImageFiles)");
    expect(message).toContain("Append to `actions` in spec/vendor/openai/overlay.yaml");
    expect(message).not.toContain("spec/overlay.yaml");
  });

  it("refuses an unknown name with the list of names, and takes a document without one for the default vendor", async () => {
    const scratch = await createScratchSpec();
    const { root } = scratch;
    const run = (...args: string[]) =>
      promisify(execFile)(process.execPath, [
        join(import.meta.dirname, "../spec-update.ts"),
        "--root",
        root,
        ...args,
      ]).then(
        ({ stdout }) => ({ code: 0, text: stdout }),
        ({ code, stderr }: { code: number; stderr: string }) => ({ code, text: stderr }),
      );
    const source = join(root, vendorFile);
    expect(await run("Acme", source)).toEqual({
      code: 2,
      text: expect.stringMatching(/^No vendor is called Acme: there are ChainHub, OpenAI\..*\n$/),
    });
    expect(await run("--dry-run", source)).toMatchObject({
      code: 0,
      text: expect.stringContaining("say the same"),
    });
  });
});

it("watches each vendor's document for itself", async () => {
  const scratch = await createScratchSpec();
  const { root } = scratch;
  const text = await scratch.read(openaiFile);
  const changed = text.replace("The number of images to make.", "The number of results.");
  const known = { pulls: [], issues: [] };
  const decide = async (document: string) =>
    watchVendor({ root, vendor: { name: "OpenAI", url: await serveDocument(document) }, known });
  expect(await decide(text)).toEqual({ action: "none", reason: "OpenAI's document is unchanged." });
  const issue = await decide(text.replace("at most 32000", "at most 1000"));
  expect(issue).toMatchObject({
    action: "issue",
    title: expect.stringMatching(/^OpenAI's document was refused/),
  });
  expect(issue).toMatchObject({ body: expect.stringMatching(/`pnpm spec:update OpenAI http/) });
  expect(await decide(changed)).toMatchObject({
    action: "pull-request",
    branch: expect.stringMatching(/^spec-watch\/openai-/),
    files: expect.arrayContaining([openaiFile]),
  });
  expect(await scratch.read(openaiFile)).toBe(changed);
});

it("types the plain client by every path of a vendor's document", async () => {
  const scratch = await createGeneratedSpec();
  const [good, bad] = await compileUses(
    scratch,
    `import type { paths } from "./generated/vendors/openai.gen.ts";
const path: keyof paths = "/v1/models/{model}";
type Removed = NonNullable<paths["/v1/models/{model}"]["delete"]>["responses"][200]["content"]["application/json"]["deleted"];
const removed: Removed = true;
void [path, removed];`,
    `import type { paths } from "./generated/vendors/openai.gen.ts";
const path: keyof paths = "/images/edits";
void path;`,
  );
  expect([good, bad]).toEqual([true, false]);
});
