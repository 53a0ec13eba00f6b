// Over 220 lines: one command, step by step, with the text of its help.
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { readSource } from "./document/read-source.ts";
import { fingerprint, saveStamp } from "./generate/generate-stamp.ts";
import { readInputs } from "./generate/read-inputs.ts";
import { findStale, finishWriting, writeOutputs } from "./generate/write-outputs.ts";
import { type BuiltSpec, bundleSpec } from "./overlay/build-spec.ts";
import { sha256 } from "./overlay/check-vendor-hash.ts";
import { pathOf } from "./overlay/read-overlay.ts";
import { parseAcceptance } from "./update/accept.ts";
import type { Level } from "./update/difference.ts";
import { levels } from "./update/difference.ts";
import { isUsable, makeReport, type Report, readCurrent } from "./update/make-report.ts";
import { printDifferences, printMisfits } from "./update/print-report.ts";
import { type Bump, bumpOf, changesetText } from "./update/write-changeset.ts";
import { findVendor, listVendors, UnknownVendorError } from "./vendors/list-vendors.ts";

const help = `pnpm spec:update [VENDOR] FILE|URL [options]

Adopts a new document of a vendor: compares it with the current one in spec/vendor, lists every difference with its path,
both values and its semver level, regenerates everything and writes the changeset. A difference that no rule explains, or
that the vendor's overlay does not fit, is refused, and nothing is written.

VENDOR is a name of spec/servers.yaml with a directory in spec/vendor, in any case; the default vendor without one.

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
  /** The name of the vendor; the default one without it. */
  vendor?: string;
  /** The file or https URL of the vendor's new document. */
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
  vendor: vendorName,
  source,
  dryRun = false,
  accept = [],
}: UpdateOptions): Promise<UpdateResult> {
  const specDir = join(root, "spec");
  await finishWriting(root, { check: dryRun });
  const inputs = await readInputs(specDir);
  const vendor = findVendor(await listVendors(specDir, inputs.servers), vendorName);
  const other = inputs.others.find(({ slug }) => slug === vendor.slug);
  const current = await readCurrent(root, inputs, other);
  const acceptances = accept.map(parseAcceptance);
  const bytes = await readSource(source, pathOf(current.overlay));
  const text = bytes.replaceAll("\r\n", "\n");
  if (other) other.text = text;
  else inputs.vendor = text;
  const { applied, spec, ...report } = makeReport(current, text, acceptances);
  // What does not fit makes a spec that redocly may not even read.
  if (!isUsable(report)) {
    if (report.misfits.length === 0) await lint(await bundleSpec(applied), report);
    throw new RefusedError(report);
  }
  const built = await bundleSpec(applied);
  // Loaded late: a refused document needs no compiler.
  const { emitAll, renderOther } = await import("./emit/render-outputs.ts");
  const rendering = other ? renderOther(inputs, other.slug) : emitAll(built, spec, inputs);
  const [outputs] = await Promise.allSettled([rendering, lint(built, report)]);
  if (!isUsable(report)) throw new RefusedError(report);
  if (outputs.status === "rejected") throw outputs.reason;
  const rendered = outputs.value;
  const bump = await bumpOf(root, levelOf(report), vendor);

  const written = new Map(rendered.outputs);
  written.set(`spec/${vendor.document}`, bytes);
  written.set(`spec/${vendor.document}.sha256`, `${sha256(bytes)}  ${basename(vendor.document)}\n`);
  if (bump)
    written.set(
      `.changeset/spec-${sha256(bytes).slice(0, 8)}.md`,
      changesetText(linesFor(report), bump, vendor),
    );
  const files = await findStale(root, written);
  if (!dryRun) {
    await writeOutputs(root, new Map([...written].filter(([path]) => files.includes(path))));
    if (!other) await saveStamp(root, await fingerprint(inputs), rendered.outputs);
  }
  // What is said of every vendor's spec is said of this one already.
  const prefix = `${vendor.name}: `;
  const notes = rendered.notes.map((note) => (note.startsWith(prefix) ? note.slice(prefix.length) : note));
  return { ...report, notes: [...new Set([...report.notes, ...notes])], bump, files };
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
  const [source, vendor] = positionals.toReversed();
  if (source === undefined || positionals.length > 2) {
    console.error(
      "Name the vendor's new document: `pnpm spec:update [VENDOR] FILE`, or an https URL. See `pnpm spec:update --help`.",
    );
    return 2;
  }
  const root = values.root ?? join(import.meta.dirname, "../..");
  const dryRun = (values["dry-run"] ?? false) || (values.explain ?? false);
  try {
    const result = await updateSpec({
      root,
      source,
      dryRun,
      accept: values.accept ?? [],
      ...(vendor === undefined ? {} : { vendor }),
    });
    if (values.json) console.log(JSON.stringify({ status: "accepted", ...result }, null, 2));
    else print(result, dryRun);
    return 0;
  } catch (error) {
    if (error instanceof UnknownVendorError) {
      console.error(error.message);
      return 2;
    }
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
