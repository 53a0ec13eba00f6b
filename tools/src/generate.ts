import { join } from "node:path";
import { parseArgs } from "node:util";
import { fingerprint, isFresh, saveStamp } from "./generate/generate-stamp.ts";
import { readInputs } from "./generate/read-inputs.ts";
import { findStale, finishWriting, writeOutputs } from "./generate/write-outputs.ts";
import { checkVendorHash } from "./overlay/check-vendor-hash.ts";
import { emitManifests } from "./release/emit-manifests.ts";
import { listVendors } from "./vendors/list-vendors.ts";

export interface GenerateOptions {
  /** The directory of the repository, or of a scratch copy of it. */
  root: string;
  /** The directory of the vendor's document, the overlay and the prices; `spec` in the root by default. */
  specDir?: string;
  /** The output directory; the root by default. */
  outDir?: string;
  /** Compares instead of writing. */
  check?: boolean;
}

export interface GenerateResult {
  /** Paths of written outputs, or of stale ones under `check`, relative to the output directory. */
  files: string[];
  /** Points for a person to check, such as a new field of the vendor. */
  notes: string[];
  /** Whether nothing changed since the last run, so that nothing was generated. */
  skipped: boolean;
}

/**
 * Generates `spec/openapi.yaml` from the vendor's document and the overlay, and every other generated file from it; and
 * from the document of each other vendor its spec and its types.
 * The links and keywords of the manifests come from `manifest-facts.ts`.
 * All outputs are generated before any is written.
 *
 * @throws Error that names the input and its problem; nothing is written in that case.
 */
export async function generate({
  root,
  specDir = join(root, "spec"),
  outDir = root,
  check = false,
}: GenerateOptions): Promise<GenerateResult> {
  await finishWriting(outDir, { check });
  const inputs = await readInputs(specDir);
  await Promise.all(
    (await listVendors(specDir, inputs.servers)).map((vendor) => checkVendorHash(specDir, vendor)),
  );
  const print = await fingerprint(inputs);
  const manifests = await emitManifests(root);
  // Loaded late: an unchanged spec needs no compiler.
  const made =
    !check && (await isFresh(outDir, print))
      ? undefined
      : await (await import("./emit/render-outputs.ts")).renderOutputs(inputs);
  const outputs = new Map([...(made?.outputs ?? []), ...manifests]);
  const files = await findStale(outDir, outputs);
  if (!check) {
    await writeOutputs(outDir, new Map([...outputs].filter(([path]) => files.includes(path))));
    if (made !== undefined) await saveStamp(outDir, print, made.outputs);
  }
  return { files, notes: made?.notes ?? [], skipped: made === undefined && files.length === 0 };
}

/** The command. */
export async function main(): Promise<void> {
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
