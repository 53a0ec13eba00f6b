import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { renderOutputs } from "./emit/render-outputs.ts";
import { fingerprint, saveStamp } from "./generate/generate-stamp.ts";
import { readInputs } from "./generate/read-inputs.ts";
import { findStale, writeOutputs } from "./generate/write-outputs.ts";
import { parseObject } from "./overlay/build-spec.ts";
import { sha256 } from "./overlay/check-vendor-hash.ts";
import { readSpec } from "./read/read-spec.ts";
import { type Change, diffSpecs } from "./update/diff-spec.ts";
import { readSource } from "./update/read-source.ts";
import { type Bump, bumpOf, changesetText } from "./update/write-changeset.ts";

export interface UpdateOptions {
  /** The directory of the repository, or of a scratch copy of it. */
  root: string;
  /** The file or http(s) URL of the vendor's new document. */
  source: string;
  /** Reports the changes without writing anything. */
  dryRun?: boolean;
}

export interface UpdateResult {
  changes: Change[];
  /** The version bump of the packages; undefined when users are not affected. */
  bump: Bump | undefined;
  /** Paths of all written files, relative to the root. */
  files: string[];
  notes: string[];
}

/**
 * Adopts a new document of the vendor: everything that depends on it is generated first, then all of it is written.
 *
 * @throws Error that names the conflict; nothing is written in that case.
 */
export async function updateSpec({ root, source, dryRun = false }: UpdateOptions): Promise<UpdateResult> {
  const vendor = await readSource(source);
  const document = parseObject(vendor, "The vendor's new document");
  if (typeof document["openapi"] !== "string" || document["paths"] === undefined) {
    throw new Error(
      "The vendor's new document is not an OpenAPI document: it lacks `openapi` or `paths`. Check the source.",
    );
  }
  const specDir = join(root, "spec");
  const inputs = { ...(await readInputs(specDir)), vendor: vendor.replaceAll("\r\n", "\n") };
  const { outputs, notes, spec } = await renderOutputs(inputs);
  const before = readSpec(
    parseObject(await readFile(join(specDir, "openapi.yaml"), "utf8"), "spec/openapi.yaml"),
  );
  const changes = diffSpecs(before, spec);
  const bump = await bumpOf(root, changes);

  const written = new Map(outputs);
  written.set("spec/vendor/images-edits.yaml", vendor);
  written.set("spec/vendor/images-edits.yaml.sha256", `${sha256(vendor)}  images-edits.yaml\n`);
  if (bump) written.set(`.changeset/spec-${sha256(vendor).slice(0, 8)}.md`, changesetText(changes, bump));
  const files = await findStale(root, written);
  if (!dryRun) {
    await writeOutputs(root, new Map([...written].filter(([path]) => files.includes(path))));
    await saveStamp(root, await fingerprint(inputs), outputs);
  }
  return { changes, bump, files, notes };
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { root: { type: "string" }, "dry-run": { type: "boolean" } },
  });
  const [source] = positionals;
  if (source === undefined || positionals.length > 1) {
    throw new Error("Name the vendor's new document: `pnpm spec:update FILE`, or an http(s) URL.");
  }
  const root = values.root ?? join(import.meta.dirname, "../..");
  const dryRun = values["dry-run"] ?? false;
  const { changes, bump, files, notes } = await updateSpec({ root, source, dryRun });
  for (const note of notes) console.error(`note: ${note}`);
  if (changes.length === 0) console.log("No change affects users.");
  for (const { level, text } of changes) console.log(`${level}: ${text}`);
  if (bump) console.log(`The packages go up by a ${bump.level} version: ${bump.reason}`);
  for (const file of files) console.log(`${dryRun ? "would write" : "wrote"} ${file}`);
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    console.error("Nothing was written.");
    process.exitCode = 1;
  });
}
