import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkVendorHash } from "./check-vendor-hash.ts";
import { emitManifests } from "./emit-manifests.ts";
import { fingerprint, isFresh, saveStamp } from "./generate-stamp.ts";
import { readInputs } from "./read-inputs.ts";
import { findStale, writeOutputs } from "./write-outputs.ts";

export interface GenerateOptions {
  /** The folder of the repository, or of a scratch copy of it. */
  root: string;
  /** Where the vendor's document, the overlay and the prices lie; `spec` in the root unless told otherwise. */
  specDir?: string;
  /** Where the outputs go; the root unless told otherwise. */
  outDir?: string;
  /** Compares instead of writing. */
  check?: boolean;
}

export interface GenerateResult {
  /** Paths of outputs that were written, or that are stale under `check`, from the output folder. */
  files: string[];
  /** What a person should look at, such as a new field of the vendor. */
  notes: string[];
  /** Whether nothing had changed since the last run, so that nothing was made. */
  skipped: boolean;
}

/**
 * Walks the whole road: vendor's document and overlay to `spec/openapi.yaml`, and from it every generated file.
 * The links and keywords of the manifests come from `manifest-facts.ts`.
 * Everything is made before anything is written.
 *
 * @throws Error that names the input and what is wrong with it; nothing was written then.
 */
export async function generate({
  root,
  specDir = join(root, "spec"),
  outDir = root,
  check = false,
}: GenerateOptions): Promise<GenerateResult> {
  await checkVendorHash(specDir);
  const inputs = await readInputs(specDir);
  const print = await fingerprint(inputs);
  const manifests = await emitManifests(root);
  // Loaded late: an unchanged spec needs no compiler.
  const made =
    !check && (await isFresh(outDir, print))
      ? undefined
      : await (await import("./make-outputs.ts")).renderOutputs(inputs);
  const outputs = new Map([...(made?.outputs ?? []), ...manifests]);
  const files = await findStale(outDir, outputs);
  if (!check) {
    await writeOutputs(outDir, new Map([...outputs].filter(([path]) => files.includes(path))));
    if (made !== undefined) await saveStamp(outDir, print, made.outputs);
  }
  return { files, notes: made?.notes ?? [], skipped: made === undefined && files.length === 0 };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: "boolean" }, root: { type: "string" } } });
  const root = values.root ?? join(import.meta.dirname, "../..");
  const { files, notes, skipped } = await generate({ root, check: values.check ?? false });
  for (const note of notes) console.error(`note: ${note}`);
  if (values.check && files.length > 0) {
    for (const file of files)
      console.error(`${file} differs from what \`pnpm generate\` writes. Run it and commit.`);
    process.exitCode = 1;
  } else if (values.check) console.log("Every generated file is up to date.");
  else if (skipped) console.log("Nothing changed.");
  else
    console.log(
      files.length === 0
        ? "Every generated file was up to date."
        : files.map((file) => `wrote ${file}`).join("\n"),
    );
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
