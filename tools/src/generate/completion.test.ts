import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { limitsOf, modelNames } from "../../../packages/client/src/models/limits.ts";

const directory = join(import.meta.dirname, "../../../packages/client/src");
const file = join(directory, "completion-probe.ts"); // only ever in memory

/** Asks the language service, as an editor does, what it offers at `|`. */
function completionsAt(call: string): string[] {
  const text = `import type { EditParams, ModelName } from "./edit-params.ts";
declare function edit<const M extends ModelName>(params: { model: M } & EditParams<NoInfer<M>>): void;
const base = { image: new Uint8Array(1), prompt: "p" };
${call}`;
  const position = text.indexOf("|", text.indexOf("edit({"));
  const source = text.slice(0, position) + text.slice(position + 1);
  const host: ts.LanguageServiceHost = {
    getCompilationSettings: () => ({
      strict: true,
      exactOptionalPropertyTypes: true,
      allowImportingTsExtensions: true,
      noEmit: true,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2022.d.ts"],
      types: [],
    }),
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => {
      const content =
        name === file ? source : ts.sys.fileExists(name) ? readFileSync(name, "utf8") : undefined;
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => directory,
    getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
    fileExists: (name) => name === file || ts.sys.fileExists(name),
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
  };
  const service = ts.createLanguageService(host);
  const found = service.getCompletionsAtPosition(file, position, {})?.entries.map(({ name }) => name) ?? [];
  service.dispose();
  return found;
}

it("offers every known model though any name is taken", () => {
  expect(completionsAt(`edit({ ...base, model: "|" });`)).toEqual(expect.arrayContaining([...modelNames]));
});

it("offers a model's own values, and no others", () => {
  const sizes = limitsOf("gpt-image-1").fields["size"]?.[0]?.enum ?? [];
  expect(completionsAt(`edit({ ...base, model: "gpt-image-1", size: "|" });`).sort()).toEqual(
    [...sizes].sort(),
  );
});

it("offers known values for an unknown model", () => {
  const offered = completionsAt(`edit({ ...base, model: "acme-9", quality: "|" });`);
  expect(offered).toEqual(expect.arrayContaining(["high", "standard"]));
});
