import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import type * as CliFields from "../../../packages/cli/src/generated/fields.gen.ts";
import type * as ClientEndpoint from "../../../packages/client/src/generated/endpoint.gen.ts";
import type * as ClientLimits from "../../../packages/client/src/generated/limits.gen.ts";
import type * as MockSpec from "../../../packages/mock/src/generated/spec.gen.ts";
import type * as MockValidator from "../../../packages/mock/src/generated/validator.gen.ts";
import { generate } from "../generate.ts";
import { compileUses } from "./compile-uses.ts";
import { createGeneratedSpec, createScratchSpec, type ScratchSpec } from "./scratch-spec.ts";

/** Runs the generator in the scratch copy and loads its outputs. */
async function generated(scratch: ScratchSpec) {
  const { notes } = await generate({ root: scratch.root });
  const load = <T>(path: string): Promise<T> => import(pathToFileURL(join(scratch.root, path)).href);
  return {
    notes,
    endpoint: await load<typeof ClientEndpoint>("packages/client/src/generated/endpoint.gen.ts"),
    limits: await load<typeof ClientLimits>("packages/client/src/generated/limits.gen.ts"),
    mock: await load<typeof MockSpec>("packages/mock/src/generated/spec.gen.ts"),
    validator: await load<typeof MockValidator>("packages/mock/src/generated/validator.gen.ts"),
    cli: await load<typeof CliFields>("packages/cli/src/generated/fields.gen.ts"),
    docs: await scratch.read("docs/models.md"),
  };
}

const errorRule = (rules: readonly { severity: string }[] | undefined) =>
  rules?.find(({ severity }) => severity === "error");

describe("what changes in a copy of the spec", () => {
  it("follows an invented model with its own family to types, limits, flags, mock and docs", async () => {
    const scratch = await createScratchSpec();
    await scratch.edit(
      "spec/overlay.yaml",
      "      DallE2Model: { type: string, enum: [dall-e-2] }\n",
      "      DallE2Model: { type: string, enum: [dall-e-2] }\n      AcmeModel: { type: string, enum: [acme-9] }\n",
    );
    await scratch.edit(
      "spec/overlay.yaml",
      "          - $ref: '#/components/schemas/DallE3Model'\n",
      "          - $ref: '#/components/schemas/DallE3Model'\n          - $ref: '#/components/schemas/AcmeModel'\n",
    );
    await scratch.edit(
      "spec/overlay.yaml",
      "          - $ref: '#/components/schemas/OtherModelEdit'\n",
      "          - $ref: '#/components/schemas/AcmeEdit'\n          - $ref: '#/components/schemas/OtherModelEdit'\n",
    );
    await scratch.edit(
      "spec/overlay.yaml",
      "      OtherModelEdit:\n",
      `      AcmeEdit:
        description: Acme's model.
        allOf:
          - $ref: '#/components/schemas/EditFields'
          - $ref: '#/components/schemas/AddedFields'
          - $ref: '#/components/schemas/CommonLimits'
          - type: object
            required: [model]
            properties:
              model: { $ref: '#/components/schemas/AcmeModel' }
              size: { enum: [77x77] }
              background: { not: {} }
              image: { maxItems: 2 }
            x-retouch:
              source: openai
              errors: { image: { mediaTypes: [image/webp], belowBytes: 1000 } }
        x-retouch: { family: true, urlLifetimeSeconds: 60 }
      OtherModelEdit:
`,
    );
    const { limits, mock, validator, cli, docs, notes } = await generated(scratch);
    expect(notes).toEqual([]);
    expect(limits.modelNames).toContain("acme-9");
    const family = limits.families[limits.familyOfModel["acme-9"] ?? ""];
    expect(family).toMatchObject({
      fields: { size: [{ severity: "error", enum: ["77x77"] }], background: [{ refused: true }] },
      image: [{ maxCount: 2 }, { mediaTypes: ["image/webp"], belowBytes: 1000 }],
      urlLifetimeSeconds: 60,
    });
    expect(mock.familyOf("acme-9")).toMatchObject({
      image: { maxCount: 2, belowBytes: 1000 },
      sizes: ["77x77"],
    });
    expect(
      validator.findViolations("acme-9", { prompt: "p", size: "1x1", background: "auto" }),
    ).toMatchObject([
      { field: "size", keyword: "enum" },
      { field: "background", keyword: "refused" },
    ]);
    expect(cli.specModels.map(({ name }) => name)).toContain("acme-9");
    const size = cli.specFields.find(({ name }) => name === "size");
    expect(size?.values).toContain("77x77");
    expect(size?.valuesByModel["acme-9"]).toEqual(["77x77"]);
    expect(docs).toContain("## acme-9\n\nAcme's model. The URLs of results live 1 minute.");
    expect(docs).toContain("| `size` | one of `77x77` | error | OpenAI |");
    const compiled = await compileUses(
      scratch,
      `edit({ ...base, model: "acme-9", size: "77x77", quality: "any" });`,
      `edit({ ...base, model: "acme-9", size: "1x1" });`,
      `edit({ ...base, model: "acme-9", background: "auto" });`,
    );
    expect(compiled).toEqual([true, false, false]);
  });

  it("follows a name added to a family with nothing but spec/ and generated files", async () => {
    const scratch = await createGeneratedSpec();
    const list = "enum: [gpt-image-2.6-sunburst, gpt-image-2.6-flare";
    await scratch.edit("spec/overlay.yaml", `${list}]`, `${list}, gpt-image-2.6-ember]`);
    const { files } = await generate({ root: scratch.root });
    const isGenerated = (file: string) => /^spec\/|\/generated\/|^docs\/models\.md$/.test(file);
    expect(files.filter((file) => !isGenerated(file))).toEqual([]);
    const { limits, mock, cli } = await generated(scratch);
    expect(limits.familyOfModel["gpt-image-2.6-ember"]).toBe("GptImage26Edit");
    expect(mock.familyOf("gpt-image-2.6-ember-2027-01-01")).toBe(mock.familyOf("gpt-image-2.6-flare"));
    expect(cli.specModels.map(({ name }) => name)).toContain("gpt-image-2.6-ember");
    expect(
      await compileUses(
        scratch,
        `edit({ ...base, model: "gpt-image-2.6-ember", quality: "max", svg: { reasoning: { effort: "low" } } });`,
        `edit({ ...base, model: "gpt-image-2.6-ember", svg: { reasoning: { effort: "odd" } } });`,
      ),
    ).toEqual([true, false]);
  });

  it("follows an object to bracketed parts, and refuses one that says nothing of its parts", async () => {
    const scratch = await createScratchSpec();
    const object = (rule: string) =>
      `          complexity:\n            description: Planning.\n            type: object\n            properties: { depth: { type: integer } }\n${rule}          frame_count:\n`;
    const overlay = await scratch.read("spec/overlay.yaml");
    const at = overlay.indexOf("          frame_count:\n            description:");
    const withObject = (rule: string) =>
      overlay.slice(0, at) + object(rule).replace("complexity", "plan") + overlay.slice(at + 23);
    await scratch.write("spec/overlay.yaml", withObject(""));
    await expect(generate({ root: scratch.root })).rejects.toThrow("The field `plan` is an object");
    await scratch.write("spec/overlay.yaml", withObject("            x-retouch: { parts: brackets }\n"));
    const { limits, cli, validator } = await generated(scratch);
    expect(limits.fieldNames).toContain("plan[depth]");
    expect(cli.specFields.find(({ name }) => name === "plan[depth]")).toMatchObject({
      flag: "--plan-depth",
      type: "integer",
    });
    expect(validator.findViolations("acme", { prompt: "p", "plan[depth]": "3" })).toEqual([]);
  });

  it("follows a model named in the vendor's prose, with the limits common to all, and reports it", async () => {
    const scratch = await createScratchSpec();
    await scratch.editVendor("flux-kontext-max.\n", "flux-kontext-max, acme-9.5.\n");
    const { limits, cli, docs, notes } = await generated(scratch);
    expect(notes).toEqual([
      expect.stringContaining("The vendor names the model `acme-9.5`, which no family lists"),
    ]);
    expect(limits.familyOfModel["acme-9.5"]).toBe(limits.fallbackFamily);
    expect(cli.specModels.map(({ name }) => name)).toContain("acme-9.5");
    expect(docs).toContain("| `acme-9.5` |");
    expect(
      await compileUses(scratch, `edit({ ...base, model: "acme-9.5", quality: "hd", size: "1x1" });`),
    ).toEqual([true]);
  });

  it("follows a list of models that the vendor types, and stays open", async () => {
    const scratch = await createScratchSpec();
    await scratch.editVendor(
      "                  example: gpt-image-1\n",
      "                  example: gpt-image-1\n                  enum: [gpt-image-1, acme-7]\n",
    );
    const { limits, validator, notes } = await generated(scratch);
    expect(limits.modelNames).toContain("acme-7");
    expect(notes).toHaveLength(1);
    expect(validator.findViolations("unknown-model", { prompt: "p", model: "unknown-model" })).toEqual([]);
  });

  it("follows a new field of the vendor, optional and loose for every model, and reports it", async () => {
    const scratch = await createScratchSpec();
    await scratch.editVendor(
      "                moderation:\n",
      `                art_style:
                  description: How it looks. One of many.
                  type: string
                strength:
                  description: How strong it is.
                  type: integer
                  maximum: 5
                moderation:
`,
    );
    await scratch.editVendor(
      "                - prompt\n",
      "                - prompt\n                - art_style\n",
    );
    const { limits, validator, cli, docs, notes } = await generated(scratch);
    expect(notes).toEqual([
      expect.stringContaining(
        "The vendor's field `art_style` is new: it is optional and loose for every model.",
      ),
      expect.stringContaining("The vendor's field `strength` is new"),
    ]);
    expect(limits.fieldNames).toContain("art_style");
    for (const family of Object.values(limits.families)) {
      expect(family.fields["art_style"]).toBeUndefined();
      expect(family.fields["strength"]).toMatchObject([{ severity: "error", type: "integer", maximum: 5 }]);
    }
    expect(validator.findViolations("gpt-image-1", { prompt: "p", art_style: "oil", strength: "5" })).toEqual(
      [],
    );
    expect(validator.findViolations("acme", { prompt: "p", strength: "6" })).toMatchObject([
      { field: "strength" },
    ]);
    expect(cli.specFields.find(({ name }) => name === "art_style")).toMatchObject({
      flag: "--art-style",
      type: "string",
      description: "How it looks.",
      required: false,
    });
    expect(docs).toContain("| `art_style` | string | the vendor | How it looks. One of many. |");
    const compiled = await compileUses(
      scratch,
      `edit({ ...base, model: "dall-e-2", art_style: "oil", strength: 3 });`,
      `edit({ ...base, model: "dall-e-2", strength: "3" });`,
    );
    expect(compiled).toEqual([true, false]);
  });

  it("follows a required model to the mock's validator and the flags", async () => {
    const scratch = await createScratchSpec();
    await scratch.editVendor(
      "                - prompt\n",
      "                - prompt\n                - model\n",
    );
    const { validator, cli } = await generated(scratch);
    expect(validator.findViolations("gpt-image-1", { prompt: "p", model: "gpt-image-1" })).toEqual([]);
    expect(validator.findViolations(undefined, { prompt: "p" })).toMatchObject([
      { field: "model", keyword: "required" },
    ]);
    expect(cli.specFields.find(({ name }) => name === "model")).toMatchObject({ required: true });
  });

  it("gives a field that is named like an option of the command line another flag", async () => {
    const scratch = await createScratchSpec();
    await scratch.editVendor(
      "                moderation:\n",
      "                timeout:\n                  type: integer\n                moderation:\n",
    );
    const { cli, notes } = await generated(scratch);
    expect(cli.specFields.find(({ name }) => name === "timeout")).toMatchObject({ flag: "--timeout-field" });
    expect(notes).toContainEqual(expect.stringContaining("`--timeout-field`"));
  });

  it("follows a new value", async () => {
    const scratch = await createScratchSpec();
    await scratch.edit(
      "spec/overlay.yaml",
      "enum: [auto, low, medium, high]\n",
      "enum: [auto, low, medium, high, ultra]\n",
    );
    const quote = "Only gpt-image-1 supports {enum} quality.', besides: [auto";
    await scratch.edit("spec/overlay.yaml", quote, `${quote}, ultra`);
    const { limits, validator, cli, docs } = await generated(scratch);
    expect(errorRule(limits.families["GptImageEdit"]?.fields["quality"])).toMatchObject({
      enum: ["auto", "low", "medium", "high", "ultra"],
    });
    expect(validator.findViolations("gpt-image-1", { prompt: "p", quality: "ultra" })).toEqual([]);
    expect(cli.specFields.find(({ name }) => name === "quality")?.values).toContain("ultra");
    expect(docs).toContain("`high`, `ultra`");
    expect(await compileUses(scratch, `edit({ ...base, model: "gpt-image-1", quality: "ultra" });`)).toEqual([
      true,
    ]);
  });

  it("names a new value of the vendor that no family accepts", async () => {
    const scratch = await createScratchSpec();
    await scratch.editVendor(
      "                  example: transparent\n",
      "                  example: transparent\n                  enum: [transparent, opaque, auto, blurred]\n",
    );
    await expect(generate({ root: scratch.root })).rejects.toThrow(
      'The vendor lists "blurred" for `background`, but no model family accepts it.',
    );
  });

  it("follows a tighter limit that the vendor types", async () => {
    const scratch = await createScratchSpec();
    await scratch.editVendor(
      '                  example: "1"\n',
      '                  example: "1"\n                  maximum: 4\n',
    );
    const { limits, validator, cli, docs } = await generated(scratch);
    for (const family of Object.values(limits.families)) {
      expect(errorRule(family.fields["n"])).toMatchObject({ minimum: 1, maximum: 4 });
    }
    expect(validator.findViolations("acme-9", { prompt: "p", n: "5" })).toMatchObject([
      { field: "n", limit: 4 },
    ]);
    expect(cli.specFields.find(({ name }) => name === "n")).toMatchObject({ minimum: 1, maximum: 4 });
    expect(docs).toContain("| `n` | an integer, 1 to 4 | error |");
  });

  it("prefers the overlay's limit to a looser one of the vendor, and reports it", async () => {
    const scratch = await createScratchSpec();
    await scratch.editVendor(
      '                  example: "1"\n',
      '                  example: "1"\n                  maximum: 20\n',
    );
    const { limits, notes } = await generated(scratch);
    expect(errorRule(limits.families["GptImageEdit"]?.fields["n"])).toMatchObject({ maximum: 10 });
    expect(notes).toEqual([expect.stringContaining("The vendor's `maximum` of `n` is 20, looser than ours")]);
  });

  it("reports a limit whose text the vendor changed", async () => {
    const scratch = await createScratchSpec();
    await scratch.editVendor("must be between 1 and 10", "must be between 1 and 4");
    await expect(generate({ root: scratch.root })).rejects.toThrow(
      "properties.n.description: The vendor narrowed `maximum` of `n` from 10 to 4 (CommonLimits).",
    );
  });

  it("names a renamed path with the nearest one, and follows it when the overlay does", async () => {
    const scratch = await createScratchSpec();
    await scratch.editVendor("  /v1/images/edits:", "  /v2/images/edits:");
    await expect(generate({ root: scratch.root })).rejects.toThrow(
      "target `$.paths['/v1/images/edits'].post`. Nearest: `$.paths['/v2/images/edits'].post`.",
    );
    const overlay = await scratch.read("spec/overlay.yaml");
    await scratch.write(
      "spec/overlay.yaml",
      overlay.replaceAll("['/v1/images/edits']", "['/v2/images/edits']"),
    );
    const { endpoint, mock } = await generated(scratch);
    expect(endpoint.editPath).toBe("/v2/images/edits");
    expect(endpoint.unversionedPath).toBe("/images/edits");
    expect(mock.editPath).toBe("/v2/images/edits");
    expect(await scratch.read("packages/client/src/generated/openapi.gen.ts")).toContain(
      '"/v2/images/edits": {',
    );
  });

  it("follows another server", async () => {
    const scratch = await createScratchSpec();
    await scratch.editVendor("https://api.chainhub.tech", "https://api.acme.dev");
    expect((await generated(scratch)).endpoint.defaultBaseUrl).toBe("https://api.acme.dev");
  });

  it("reports a field that the vendor removed and the overlay changes", async () => {
    const scratch = await createScratchSpec();
    await scratch.editVendor("                quality:\n", "                qualities:\n");
    await expect(generate({ root: scratch.root })).rejects.toThrow(
      "target `$.components.schemas.EditFields.properties.quality.example`. Nearest: `$.components.schemas.EditFields.properties.qualities.example`.",
    );
  });
});
