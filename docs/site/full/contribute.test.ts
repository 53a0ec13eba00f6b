import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { runProcess } from "../../../contract/src/support/run-process.ts";
import type * as DialectNames from "../../../packages/cli/src/generated/dialect-names.gen.ts";
import type * as Fields from "../../../packages/cli/src/generated/fields.gen.ts";
import { createScratchSpec, type ScratchSpec } from "../../../tools/src/generate/scratch-spec.ts";
import { generate } from "../../../tools/src/generate.ts";
import { root } from "../src/markdown/source-file.ts";
import { readWrittenPages } from "../src/pages.ts";
import { blockOf, pageBlocks } from "./page-code.ts";

// The pages about adding to the project: what they paste into the spec is pasted into a copy of it, and generated.

/** The YAML of a page as it is shown, with the indentation that it has in its file. */
function yamlOf(page: string): string {
  const found = pageBlocks.filter((block) => block.page === page && block.language === "yaml");
  expect(found).toHaveLength(1);
  return found[0]?.code ?? "";
}

async function generated<T>(scratch: ScratchSpec, file: string): Promise<T> {
  expect((await generate({ root: scratch.root })).notes).toEqual([]);
  return import(pathToFileURL(path.join(scratch.root, file)).href);
}

it("adds the field of its page, which has a flag then", async () => {
  const scratch = await createScratchSpec();
  const list = /^ {6}AddedFields:\n(?: {8}.*\n)*? {8}properties:\n/m.exec(
    await scratch.read("spec/overlay.yaml"),
  );
  const above = list?.[0] ?? expect.unreachable("spec/overlay.yaml has no properties of AddedFields.");
  await scratch.edit("spec/overlay.yaml", above, above + yamlOf("contribute/add-a-field.md"));
  const { specFields } = await generated<typeof Fields>(scratch, "packages/cli/src/generated/fields.gen.ts");
  expect(specFields.find(({ name }) => name === "grain")).toMatchObject({ flag: "--grain", type: "integer" });
});

it("adds the server preset of its page, which is a value of --dialect then", async () => {
  const scratch = await createScratchSpec();
  const entry = yamlOf("contribute/add-a-server-preset.md");
  await scratch.edit("spec/dialects.yaml", "\ndialects:\n", `\ndialects:\n${entry}`);
  const names = await generated<typeof DialectNames>(
    scratch,
    "packages/cli/src/generated/dialect-names.gen.ts",
  );
  expect(JSON.stringify(names)).toContain('"acme"');
  expect(await scratch.read("docs/servers.md")).toContain("Acme");
});

it("adds a model to the list that the command of its page finds", async () => {
  const { code } = blockOf("contribute/add-a-model.md", /^grep/);
  const { stdout } = await runProcess("bash", ["-ec", code], { cwd: root });
  const line =
    stdout
      .split("\n")
      .find((one) => one.includes("GptImage26Model"))
      ?.replace(/^\d+:/, "") ?? "";
  const scratch = await createScratchSpec();
  await scratch.edit("spec/overlay.yaml", line, line.replace("] }", ", gpt-image-2.6-ember] }"));
  const { specModels } = await generated<typeof Fields>(scratch, "packages/cli/src/generated/fields.gen.ts");
  expect(specModels.map(({ name }) => name)).toContain("gpt-image-2.6-ember");
});

describe("names files that exist:", () => {
  it.each(readWrittenPages().filter((page) => page.path.startsWith("contribute/")))("$path", ({ text }) => {
    const paths = [...text.matchAll(/`([\w@.-]+(?:\/[\w@.-]+)+\/?)`/g)].flatMap(([, one = ""]) =>
      /^(?:spec|packages|contract|tools|docs)\//.test(one) && !one.includes("/dist") ? [one] : [],
    );
    expect(paths.filter((one) => !existsSync(path.join(root, one)))).toEqual([]);
  });

  it("names symbols of the spec and the tests", () => {
    const text = (file: string) => readFileSync(path.join(root, file), "utf8");
    const overlay = text("spec/overlay.yaml");
    for (const name of ["AddedFields", "StreamValues", "AnimationRefused", "GptImage26Model"])
      expect(overlay).toContain(`${name}:`);
    expect(text("tools/src/generate/follow-the-spec.test.ts")).toContain("AcmeEdit");
  });
});
