import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freshEnvironment } from "./fresh-environment.ts";
import { median, spread } from "./statistics.ts";
import { table } from "./write-report.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const tools = join(root, "tools/node_modules/.bin");

/**
 * Times `pnpm generate` in a scratch copy, fresh and again without changes, compared with the two tools that it uses:
 * redocly, which applies the overlay and lints, and openapi-typescript.
 */
export async function generateTimes(rounds: number): Promise<string> {
  const times: Record<string, number[]> = {};
  const time = async (name: string, command: string, ...args: string[]): Promise<void> => {
    const start = performance.now();
    await run(command, args, {
      cwd: root,
      env: { ...freshEnvironment(), REDOCLY_TELEMETRY: "off", CI: "true" },
    });
    times[name] = [...(times[name] ?? []), performance.now() - start];
  };
  const generate = (name: string, directory: string) =>
    time(name, process.execPath, join(root, "tools/generate.mjs"), "--root", directory);
  for (let round = 0; round < rounds; round++) {
    const directory = await mkdtemp(join(tmpdir(), "retouch-bench-generate-"));
    await cp(join(root, "spec"), join(directory, "spec"), { recursive: true });
    await cp(join(root, "redocly.yaml"), join(directory, "redocly.yaml"));
    for (const name of ["client", "cli", "mock"]) {
      const manifest = `packages/${name}/package.json`;
      await cp(join(root, manifest), join(directory, manifest), { recursive: true });
    }
    await generate("`pnpm generate`, fresh", directory);
    await generate("`pnpm generate`, nothing changed", directory);
    const vendorText = await readFile(join(directory, "spec/vendor/images-edits.yaml"), "utf8");
    const update = async (name: string, text: string) => {
      await writeFile(join(directory, "new.yaml"), text);
      const script = join(root, "tools/src/spec-update.ts");
      await time(
        name,
        process.execPath,
        script,
        "--dry-run",
        "--root",
        directory,
        join(directory, "new.yaml"),
      );
    };
    await update("`pnpm spec:update`, the vendor's size", vendorText.replace("The required", "The needed"));
    await update("`pnpm spec:update`, 3 MB", addOperations(vendorText, 3 * 2 ** 20));
    const bundled = join(directory, "bundled.yaml");
    const overlay = ["--overlay", join(directory, "spec/overlay.yaml"), "--output", bundled];
    const vendor = join(directory, "spec/vendor/images-edits.yaml");
    await time("redocly bundle", join(tools, "redocly"), "bundle", vendor, ...overlay);
    await time("redocly lint", join(tools, "redocly"), "lint", join(directory, "spec/openapi.yaml"));
    const types = ["--output", join(directory, "types.ts")];
    await time("openapi-typescript", join(tools, "openapi-typescript"), bundled, ...types);
    await rm(directory, { recursive: true });
  }
  const rows = Object.entries(times).map(([name, taken]) => [name, spread(taken, 0)]);
  const of = (name: string) => median(times[name] ?? []);
  const added = of("`pnpm generate`, fresh") - of("redocly bundle") - of("openapi-typescript");
  rows.push(["added by us: fresh, less redocly bundle and openapi-typescript", added.toFixed(0)]);
  return `### Generating from the spec\n\n${table(["command", "time, ms"], rows)}`;
}

/** Repeats the vendor's operation under other paths until the document has a size. */
function addOperations(text: string, bytes: number): string {
  const [head = "", rest = ""] = text.split("paths:\n");
  const end = rest.indexOf("components:\n");
  const operation = rest.slice(0, end);
  const count = Math.ceil((bytes - text.length) / operation.length);
  const others = Array.from({ length: count }, (_, index) =>
    operation.replace("/v1/images/edits:", `/v1/other/${index}:`),
  );
  return `${head}paths:\n${operation}${others.join("")}${rest.slice(end)}`;
}
