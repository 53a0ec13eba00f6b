import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import type { ScratchSpec } from "./scratch-spec.ts";

const options: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  exactOptionalPropertyTypes: true,
  allowImportingTsExtensions: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
  types: [],
};

const libraries = new Map<string, ts.SourceFile | undefined>();

/** Compiles calls of `edit()` against the types that a scratch copy generated; returns for each whether it compiles. */
export async function compileUses(scratch: ScratchSpec, ...uses: string[]): Promise<boolean[]> {
  const directory = "packages/client/src";
  await scratch.write(
    `${directory}/edit-params.ts`,
    await readFile(join(import.meta.dirname, "../../..", directory, "edit-params.ts"), "utf8"),
  );
  const files = uses.map((_use, index) => `${directory}/use-${index}.ts`);
  for (const [index, use] of uses.entries()) {
    await scratch.write(
      `${directory}/use-${index}.ts`,
      `import type { EditParams, ModelName } from "./edit-params.ts";
declare function edit<const M extends ModelName>(params: { model: M } & EditParams<NoInfer<M>>): void;
const base = { image: new Uint8Array(1), prompt: "p" };
${use}
`,
    );
  }
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => {
    if (!name.includes("/lib.")) return read(name, ...rest);
    if (!libraries.has(name)) libraries.set(name, read(name, ...rest)); // the DOM's types take a second to read
    return libraries.get(name);
  };
  const program = ts.createProgram(
    files.map((file) => join(scratch.root, file)),
    options,
    host,
  );
  const found = files.map((file) => program.getSourceFile(join(scratch.root, file)));
  return found.map((file) => file !== undefined && program.getSemanticDiagnostics(file).length === 0);
}
