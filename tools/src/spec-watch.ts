import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { listVendors } from "./vendors/list-vendors.ts";
import { readKnownReports } from "./watch/known-reports.ts";
import { type WatchResult, watchVendor } from "./watch/watch-vendor.ts";
import { type WatchedVendor, watchedVendors } from "./watch/watched-vendors.ts";

const help = `pnpm spec:watch [options]

Fetches a vendor's document from its URL in spec/servers.yaml, runs \`pnpm spec:update --explain\`, and prints what is to
be done on GitHub: nothing, a pull request (the update is written then), or an issue with the report. It never calls
GitHub itself; .github/workflows/spec-watch.yml does.

Options
  --vendor NAME   the vendor, as spec/servers.yaml names it; its default vendor without this
  --list          print the names of the vendors that have a URL as JSON, and on stderr why others are skipped
  --known DIR     a directory with pulls.json and issues.json, as \`gh pr list\` and \`gh issue list\` print them: what
                  they report is not reported again
  --out DIR       write outputs.txt (action, title, branch), body.md and files.txt there instead of printing the body
  --dry-run       decide without writing the update
  --root DIR      the repository, or a copy of it
  --help          print this

Exit codes: 0 decided; 1 the document cannot be fetched, or is none; 2 wrong usage.`;

function parseArguments() {
  return parseArgs({
    options: {
      vendor: { type: "string" },
      list: { type: "boolean" },
      known: { type: "string" },
      out: { type: "string" },
      "dry-run": { type: "boolean" },
      root: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  }).values;
}

const usage = (problem: string): number => {
  console.error(`${problem}\nSee \`pnpm spec:watch --help\`.`);
  return 2;
};

async function main(): Promise<number> {
  let values: ReturnType<typeof parseArguments>;
  try {
    values = parseArguments();
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
  if (values.help) {
    console.log(help);
    return 0;
  }
  const root = values.root ?? join(import.meta.dirname, "../..");
  const servers = await readFile(join(root, "spec/servers.yaml"), "utf8");
  const vendors = watchedVendors(servers, await listVendors(join(root, "spec"), servers));
  if (values.list) {
    list(vendors);
    return 0;
  }
  const vendor =
    values.vendor === undefined ? vendors[0] : vendors.find(({ name }) => name === values.vendor);
  if (vendor === undefined)
    return usage(
      `spec/servers.yaml has no \`document\` of ${values.vendor}. It has those of ${vendors.map(({ name }) => name).join(", ")}.`,
    );
  const known = values.known === undefined ? { pulls: [], issues: [] } : await readKnownReports(values.known);
  const result = await watchVendor({ root, vendor, known, dryRun: values["dry-run"] ?? false });
  console.log(headline(result));
  if (values.out !== undefined) await save(result, values.out);
  else if (result.action !== "none") console.log(`\n${result.body}`);
  return 0;
}

function list(vendors: readonly WatchedVendor[]): void {
  for (const vendor of vendors) if ("skipped" in vendor) console.error(`${vendor.name}: ${vendor.skipped}`);
  console.log(JSON.stringify(vendors.filter((vendor) => "url" in vendor).map(({ name }) => name)));
}

function headline(result: WatchResult): string {
  if (result.action === "none") return `Nothing to do: ${result.reason}`;
  const branch = result.action === "pull-request" ? `\nbranch: ${result.branch}` : "";
  return `${result.action}: ${result.title}${branch}`;
}

/**
 * Saves the result for steps of a workflow: short values for $GITHUB_OUTPUT, the rest as files. The body is not printed
 * there: GitHub reads commands from the log (`::error::`), and the body has the vendor's text.
 */
async function save(result: WatchResult, directory: string): Promise<void> {
  const outputs: Record<string, string> = { action: result.action };
  await mkdir(directory, { recursive: true });
  if (result.action !== "none") {
    outputs["title"] = result.title;
    await writeFile(join(directory, "body.md"), result.body);
  }
  if (result.action === "pull-request") {
    outputs["branch"] = result.branch;
    await writeFile(join(directory, "files.txt"), result.files.map((file) => `${file}\n`).join(""));
  }
  const lines = Object.entries(outputs).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(join(directory, "outputs.txt"), lines.join(""));
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    console.error("Nothing was written or reported.");
    process.exitCode = 1;
  },
);
