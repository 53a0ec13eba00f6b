import { execFile } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import {
  createGeneratedSpec,
  createScratchSpec,
  outputs,
  type ScratchSpec,
  vendorFile,
} from "./generate/scratch-spec.ts";
import { generate } from "./generate.ts";

const repository = join(import.meta.dirname, "../..");

const readAll = (scratch: ScratchSpec) => Promise.all(outputs.map((path) => scratch.read(path)));

describe("generate", () => {
  it("finds every committed output as the spec gives it", async () => {
    expect(await generate({ root: repository, check: true })).toMatchObject({ files: [], notes: [] });
  });

  it("makes the same bytes twice, from CRLF checkouts and under a Turkish locale too", async () => {
    const scratch = await createScratchSpec();
    const { root } = scratch;
    for (const spec of ["spec/openapi.yaml", "spec/vendor/openai/openapi.yaml"]) await rm(join(root, spec));
    expect((await generate({ root })).files).toEqual(outputs);
    const first = await readAll(scratch);

    for (const path of [
      vendorFile,
      "spec/overlay.yaml",
      "spec/prices.yaml",
      "spec/servers.yaml",
      "spec/dialects.yaml",
    ]) {
      await scratch.write(path, (await scratch.read(path)).replaceAll("\n", "\r\n"));
    }
    for (const path of outputs) await rm(join(root, path));
    await rm(join(root, "node_modules"), { recursive: true });
    const env = { ...process.env, LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8", TZ: "Pacific/Chatham" };
    await promisify(execFile)(process.execPath, [join(import.meta.dirname, "generate.ts"), "--root", root], {
      env,
    });
    expect(await readAll(scratch)).toEqual(first);
  });

  it("generates nothing when nothing changed, and restores modified outputs", async () => {
    const scratch = await createScratchSpec();
    const { root } = scratch;
    await generate({ root });
    expect(await generate({ root })).toEqual({ files: [], notes: [], skipped: true });
    await scratch.write("docs/models.md", "mine\n");
    expect(await generate({ root })).toMatchObject({ files: ["docs/models.md"], skipped: false });
  });

  it("does not pass --check on what a killed run has half written, and finishes it without", async () => {
    const scratch = await createScratchSpec();
    const { root } = scratch;
    const journal = { state: "renaming", suffix: ".1.tmp", paths: ["docs/models.md", ".changeset/spec.md"] };
    await mkdir(join(root, "node_modules/.cache"), { recursive: true });
    await mkdir(join(root, ".changeset"));
    await scratch.write("node_modules/.cache/retouch-writing.json", JSON.stringify(journal));
    await scratch.write(".changeset/spec.md.1.tmp", "Followed.");
    await expect(generate({ root, check: true })).rejects.toThrow("A run was stopped while it wrote 2 files");
    await generate({ root });
    expect(await scratch.read(".changeset/spec.md")).toBe("Followed.");
    expect(await generate({ root, check: true })).toMatchObject({ files: [] });
  });

  it("writes and checks the links of every manifest", async () => {
    const scratch = await createGeneratedSpec();
    const { root } = scratch;
    const manifest = "packages/cli/package.json";
    const text = await scratch.read(manifest);
    await scratch.edit(manifest, '"homepage"', '"home"');
    expect((await generate({ root, check: true })).files).toEqual([manifest]);
    expect((await generate({ root })).files).toEqual([manifest]);
    expect(JSON.parse(await scratch.read(manifest))).toMatchObject(JSON.parse(text));
  });

  it("names each file that differs by a byte or is missing, and writes none under --check", async () => {
    const scratch = await createGeneratedSpec();
    const { root } = scratch;
    const limits = "packages/client/src/generated/limits.gen.ts";
    await scratch.write(limits, `${await scratch.read(limits)} `);
    await rm(join(root, "docs/models.md"));
    const run = promisify(execFile)(process.execPath, [
      join(import.meta.dirname, "generate.ts"),
      "--check",
      "--root",
      root,
    ]);
    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr:
        `${limits} differs from what \`pnpm generate\` writes. Run it and commit.\n` +
        "docs/models.md differs from what `pnpm generate` writes. Run it and commit.\n",
    });
    expect(await scratch.read(limits)).toMatch(/ $/);
  });

  it("reads the spec from and writes the outputs to the given directories", async () => {
    const source = await createScratchSpec();
    const target = await createScratchSpec();
    await generate({ root: target.root, specDir: join(source.root, "spec"), outDir: target.root });
    expect(await target.read("docs/models.md")).toContain("# Models and their limits");
    await expect(source.read("docs/models.md")).rejects.toThrow("ENOENT");
  });

  it("rejects a vendor document that was edited by hand", async () => {
    const scratch = await createScratchSpec();
    await scratch.edit(vendorFile, "Only gpt-image-1,", "Only gpt-image-9,");
    await expect(generate({ root: scratch.root })).rejects.toThrow(
      /images-edits\.yaml is not the vendor's document: its sha256 is \w{64}, recorded is 83de7b4a/,
    );
  });

  it("reports violations of redocly's strict rules and writes nothing", async () => {
    const scratch = await createScratchSpec();
    await scratch.edit("spec/overlay.yaml", "      operationId: createImageEdit\n", "");
    await rm(join(scratch.root, "spec/openapi.yaml"));
    await expect(generate({ root: scratch.root })).rejects.toThrow("operation-operationId");
    await expect(scratch.read("spec/openapi.yaml")).rejects.toThrow("ENOENT");
  });

  it("names the place in the vendor's document for what redocly finds there", async () => {
    const scratch = await createScratchSpec();
    await scratch.editVendor(
      "created:\n                    type: integer",
      "created:\n                    type: integer\n                    lengths: 3",
    );
    await scratch.editVendor(
      "                moderation:\n",
      "                art:\n                  type: string\n                  enumm: [a]\n                moderation:\n",
    );
    const form = "$.paths['/v1/images/edits'].post.requestBody.content['multipart/form-data'].schema";
    const response = "$.paths['/v1/images/edits'].post.responses['200'].content['application/json'].schema";
    const failed = generate({ root: scratch.root });
    await expect(failed).rejects.toThrow(`${form}.properties.art.enumm of the vendor's document: `);
    await expect(failed).rejects.toThrow(`${response}.properties.created.lengths of the vendor's document: `);
  });

  it("names the price of a model that the spec lacks", async () => {
    const scratch = await createScratchSpec();
    await scratch.edit("spec/prices.yaml", "  gpt-image-1-mini:", "  gpt-image-1-maxi:");
    await expect(generate({ root: scratch.root })).rejects.toThrow(
      "prices `gpt-image-1-maxi`, which is not a model",
    );
  });

  it.each([
    ["keyPrefixes: [xai-]", "keyPrefixes: [sk-]", "The prefix `sk-` of `xAI`"],
    ["keyPrefixes: [xai-]", "keyPrefixes: [sk-ant-api03-]", "both `sk-ant-` and `sk-ant-api03-`"],
    [
      "exampleModel: gpt-image-2",
      "exampleModel: gpt-image-1",
      "not served by api.openai.com from 2026-10-23 on",
    ],
    ["exampleModel: gpt-image-2", "exampleModel: gpt-image-7", "is not a model of the spec"],
    ["exampleModel: gpt-image-1\n", "\n", "has no `default.exampleModel`"],
    ["baseUrl: https://api.x.ai", "baseUrl: https://api.x.ai/v1", "`xAI` in spec/servers.yaml needs"],
    ["groq.com/openai/v1", "groq.com/openai", "`Groq` in spec/servers.yaml needs"],
    ["name: ChainHub", "title: ChainHub", "no `default.name`"],
  ])("rejects a table of servers with `%s` changed to `%s`", async (from, to, message) => {
    const scratch = await createScratchSpec();
    await scratch.edit("spec/servers.yaml", from, to);
    await expect(generate({ root: scratch.root })).rejects.toThrow(message);
  });
});
