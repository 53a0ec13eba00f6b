import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseObject } from "./document/parse-object.ts";
import { readSource } from "./document/read-source.ts";
import { emitAll } from "./emit/render-outputs.ts";
import { fingerprint, saveStamp } from "./generate/generate-stamp.ts";
import { readInputs } from "./generate/read-inputs.ts";
import { findStale, writeOutputs } from "./generate/write-outputs.ts";
import { type BuiltSpec, bundleSpec } from "./overlay/build-spec.ts";
import { sha256 } from "./overlay/check-vendor-hash.ts";
import { pathOf } from "./overlay/read-overlay.ts";
import { parseAcceptance } from "./update/accept.ts";
import type { Level } from "./update/difference.ts";
import { levels } from "./update/difference.ts";
import { isUsable, makeReport, type Report, readCurrent } from "./update/make-report.ts";
import { printDifferences, printMisfits } from "./update/print-report.ts";
import { type Bump, bumpOf, changesetText } from "./update/write-changeset.ts";

const help = `pnpm spec:update FILE|URL [options]

Adopts a new document of the vendor: compares it with spec/vendor/images-edits.yaml, lists every difference with its
path, both values and its semver level, regenerates everything and writes the changeset. A difference that no rule
explains, or that the overlay does not fit, is refused, and nothing is written.

FILE is YAML, JSON, or a Markdown page with the document in a code block, in UTF-8, of at most 8 MB.

Options
  --explain            list all misfits at once, each with the YAML for spec/overlay.yaml that fixes it; write nothing
  --accept PATH        accept the refused difference at this path of the report; can be repeated
  --accept PATH=LEVEL  the same with its level for users: major, minor, patch or none
  --dry-run            report, and name the files, without writing
  --json               print the report as JSON
  --root DIR           the repository, or a copy of it
  --help               print this

Exit codes: 0 adopted, or nothing to do; 1 refused; 2 wrong usage.
To accept a difference for good, list it under \`x-accepted\` in spec/overlay.yaml: --explain prints the entry.`;

export interface UpdateOptions {
  /** The directory of the repository, or of a scratch copy of it. */
  root: string;
  /** The file or http(s) URL of the vendor's new document. */
  source: string;
  /** Reports the changes without writing anything. */
  dryRun?: boolean;
  /** Paths of refused differences to accept, each with \`=LEVEL\` where the level is another. */
  accept?: readonly string[];
}

export interface UpdateResult extends Report {
  /** The version bump of the packages; undefined when users are not affected. */
  bump: Bump | undefined;
  /** Paths of all written files, relative to the root. */
  files: string[];
}

/** A document that was refused, with the complete report. Nothing was written. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly report: Report;

  constructor(report: Report) {
    super(`The vendor's new document was refused:\n${printMisfits(report)}`);
    this.report = report;
  }
}

/**
 * Adopts a new document of the vendor: everything that depends on it is generated first, then all of it is written.
 *
 * @throws RefusedError with all misfits, or Error when the document cannot be read; nothing is written in that case.
 */
export async function updateSpec({
  root,
  source,
  dryRun = false,
  accept = [],
}: UpdateOptions): Promise<UpdateResult> {
  const specDir = join(root, "spec");
  const current = await readInputs(specDir);
  const acceptances = accept.map(parseAcceptance);
  const vendor = await readSource(source, pathOf(parseObject(current.overlay, "spec/overlay.yaml")));
  const inputs = { ...current, vendor: vendor.replaceAll("\r\n", "\n") };
  const { applied, spec, ...report } = makeReport(
    await readCurrent(root, current),
    inputs.vendor,
    acceptances,
  );
  // What does not fit makes a spec that redocly may not even read.
  if (!isUsable(report)) {
    if (report.misfits.length === 0) await lint(await bundleSpec(applied), report);
    throw new RefusedError(report);
  }
  const built = await bundleSpec(applied);
  const [outputs] = await Promise.allSettled([emitAll(built, spec, inputs), lint(built, report)]);
  if (!isUsable(report)) throw new RefusedError(report);
  if (outputs.status === "rejected") throw outputs.reason;
  const made = outputs.value;
  const bump = await bumpOf(root, levelOf(report));

  const written = new Map(made.outputs);
  written.set("spec/vendor/images-edits.yaml", vendor);
  written.set("spec/vendor/images-edits.yaml.sha256", `${sha256(vendor)}  images-edits.yaml\n`);
  if (bump)
    written.set(`.changeset/spec-${sha256(vendor).slice(0, 8)}.md`, changesetText(linesFor(report), bump));
  const files = await findStale(root, written);
  if (!dryRun) {
    await writeOutputs(root, new Map([...written].filter(([path]) => files.includes(path))));
    await saveStamp(root, await fingerprint(inputs), made.outputs);
  }
  return { ...report, notes: [...new Set([...report.notes, ...made.notes])], bump, files };
}

/** Adds what redocly finds in the built spec to the report. */
async function lint({ linted }: BuiltSpec, report: Report): Promise<void> {
  await linted.catch((error: unknown) => {
    report.misfits.push({ path: "$", text: error instanceof Error ? error.message : String(error) });
  });
}

const levelOf = ({ level }: Report): Level | undefined => (level === "none" ? undefined : level);

/** Returns what the changeset says: the changes for users, then the differences that they do not name already. */
function linesFor({ changes, differences }: Report): string[] {
  const lines: { level: string; text: string }[] = [...changes];
  for (const { level, text } of differences)
    if (level !== "none" && !lines.some((line) => text.includes(line.text))) lines.push({ level, text });
  return levels.flatMap((level) => lines.filter((line) => line.level === level)).map(({ text }) => text);
}

function parseArguments() {
  return parseArgs({
    allowPositionals: true,
    options: {
      root: { type: "string" },
      "dry-run": { type: "boolean" },
      explain: { type: "boolean" },
      accept: { type: "string", multiple: true },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
}

async function main(): Promise<number> {
  let parsed: ReturnType<typeof parseArguments>;
  try {
    parsed = parseArguments();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\nSee \`pnpm spec:update --help\`.`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help) {
    console.log(help);
    return 0;
  }
  const [source] = positionals;
  if (source === undefined || positionals.length > 1) {
    console.error(
      "Name the vendor's new document: `pnpm spec:update FILE`, or an http(s) URL. See `pnpm spec:update --help`.",
    );
    return 2;
  }
  const root = values.root ?? join(import.meta.dirname, "../..");
  const dryRun = (values["dry-run"] ?? false) || (values.explain ?? false);
  try {
    const result = await updateSpec({ root, source, dryRun, accept: values.accept ?? [] });
    if (values.json) console.log(JSON.stringify({ status: "accepted", ...result }, null, 2));
    else print(result, dryRun);
    return 0;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const { report } = error;
    if (values.json) console.log(JSON.stringify({ status: "refused", ...report }, null, 2));
    else {
      for (const note of report.notes) console.error(`note: ${note}`);
      console.log(printDifferences(report));
      console.error(`\n${error.message}`);
      console.error(`\nIf it is adopted like this, it is ${report.level}. Nothing was written.`);
    }
    return 1;
  }
}

function print(result: UpdateResult, dryRun: boolean): void {
  const { changes, bump, files, notes } = result;
  for (const note of notes) console.error(`note: ${note}`);
  console.log(printDifferences(result));
  if (!bump) console.log("No change affects users.");
  for (const { level, text } of changes) console.log(`${level}: ${text}`);
  if (bump) console.log(`The packages go up by a ${bump.level} version: ${bump.reason}`);
  for (const file of files) console.log(`${dryRun ? "would write" : "wrote"} ${file}`);
}

if (import.meta.main) {
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      console.error("Nothing was written.");
      process.exitCode = 1;
    },
  );
}
