import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { sha256 } from "../overlay/check-vendor-hash.ts";
import { fingerprint, saveStamp } from "./generate-stamp.ts";
import { readInputs } from "./read-inputs.ts";

const repository = join(import.meta.dirname, "../../..");

export interface ScratchSpec {
  root: string;
  read(path: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** Replaces text in one file; the text must exist. */
  edit(path: string, from: string, to: string): Promise<void>;
  /** Changes a vendor's document and its recorded hash; the default vendor's without a file. */
  editVendor(from: string, to: string, file?: string): Promise<void>;
}

export const vendorFile = "spec/vendor/images-edits.yaml";
export const openaiFile = "spec/vendor/openai/images-edits.yaml";

/** Every file that `generate` writes. */
export const outputs = [
  "spec/openapi.yaml",
  "packages/client/src/generated/openapi.gen.ts",
  "packages/client/src/generated/edit-fields.gen.ts",
  "packages/client/src/generated/endpoint.gen.ts",
  "packages/client/src/generated/limits.gen.ts",
  "packages/client/src/generated/prices.gen.ts",
  "packages/client/src/generated/servers.gen.ts",
  "packages/client/src/generated/base-urls.gen.ts",
  "packages/client/src/generated/dialect-names.gen.ts",
  "packages/client/src/generated/dialects.gen.ts",
  "packages/client/src/generated/json-body.gen.ts",
  "packages/client/src/generated/example-model.gen.ts",
  "packages/react-hooks/src/generated/example-model.gen.ts",
  "packages/mock/src/generated/spec.gen.ts",
  "packages/mock/src/generated/validator.gen.ts",
  "packages/cli/src/generated/fields.gen.ts",
  "packages/cli/src/generated/servers.gen.ts",
  "packages/cli/src/generated/dialect-names.gen.ts",
  "packages/cli/src/generated/dialect-facts.gen.ts",
  "docs/servers.md",
  "docs/models.md",
  "spec/vendor/openai/openapi.yaml",
  "packages/client/src/generated/vendors/openai.gen.ts",
];

/** Copies the spec and the packages' manifests into a temporary directory, which is removed after the test. */
export async function createScratchSpec(): Promise<ScratchSpec> {
  const root = await mkdtemp(join(tmpdir(), "retouch-scratch-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await cp(join(repository, "spec"), join(root, "spec"), { recursive: true });
  for (const name of ["client", "cli", "mock"]) {
    const manifest = `packages/${name}/package.json`;
    await cp(join(repository, manifest), join(root, manifest), { recursive: true });
  }
  const read = (path: string) => readFile(join(root, path), "utf8");
  const write = (path: string, text: string) => writeFile(join(root, path), text);
  const edit = async (path: string, from: string, to: string) => {
    const text = await read(path);
    if (!text.includes(from))
      throw new Error(`${path} does not contain the text that the test changes: ${from}`);
    await write(
      path,
      text.replace(from, () => to),
    );
  };
  return {
    root,
    read,
    write,
    edit,
    async editVendor(from, to, file = vendorFile) {
      await edit(file, from, to);
      await write(`${file}.sha256`, `${sha256(await read(file))}  images-edits.yaml\n`);
    },
  };
}

/** Copies the committed outputs too, and leaves the copy as `generate` does, which another test finds in agreement. */
export async function createGeneratedSpec(): Promise<ScratchSpec> {
  const scratch = await createScratchSpec();
  const { root, read } = scratch;
  for (const path of outputs) await cp(join(repository, path), join(root, path));
  const texts = await Promise.all(outputs.map(async (path) => [path, await read(path)] as const));
  await saveStamp(root, await fingerprint(await readInputs(join(root, "spec"))), new Map(texts));
  return scratch;
}
