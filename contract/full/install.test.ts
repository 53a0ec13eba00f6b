import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawPhoto } from "../src/cli/support/work-directory.ts";
import { type PackedDirectory, packPackages } from "./pack-packages.ts";

const isWindows = process.platform === "win32";
let directory: PackedDirectory;

beforeAll(async () => {
  directory = await packPackages(["client", "mock", "cli"]);
  await mkdir(path.join(directory.path, "prefix"));
  await directory.install(["--global", "--prefix", "prefix", ...directory.tarballs]);
});
afterAll(() => directory.remove());

/** Returns the total bytes and packages in a directory. */
async function weigh(at: string): Promise<{ bytes: number; packages: number }> {
  let bytes = 0;
  let packages = 0;
  for (const entry of await readdir(at, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile()) bytes += (await stat(file)).size;
    if (/node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+[\\/]package\.json$/.test(file)) packages++;
  }
  return { bytes, packages };
}

describe("npm install --global of the packed tarballs", () => {
  it("installs at most 45 MB and 40 packages", async () => {
    const { bytes, packages } = await weigh(path.join(directory.path, "prefix"));
    expect(packages).toBeGreaterThan(3);
    expect(packages).toBeLessThanOrEqual(40);
    expect(bytes / 1_000_000).toBeLessThanOrEqual(45);
  });

  it("installs packages under the licenses of docs/dependencies.md", async () => {
    const page = await readFile(new URL("../../docs/dependencies.md", import.meta.url), "utf8");
    const rows =
      page.split("## Licenses of what the CLI installs")[1]?.matchAll(/^\| (`.+) \| ([^|]+) \|$/gm) ?? [];
    const documented = [...rows].flatMap(([, names = "", license = ""]) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => `${name}: ${license.split(";")[0]}`),
    );
    const installed = new Set<string>();
    for (const entry of await readdir(path.join(directory.path, "prefix"), { recursive: true })) {
      if (!/node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+[\\/]package\.json$/.test(entry)) continue;
      const manifest = JSON.parse(await readFile(path.join(directory.path, "prefix", entry), "utf8"));
      const name = manifest.name.replace(/(@img\/sharp(?:-libvips)?)-(?:linux|darwin|win32)\w*-\w+$/, "$1-*");
      if (!name.startsWith("@retouch/")) installed.add(`${name}: ${manifest.license}`);
    }
    expect([...installed].sort()).toEqual(documented.sort());
  });

  it("installs a `retouch` that edits with --mock in an empty directory, as --help says", async () => {
    const work = path.join(directory.path, "work");
    await mkdir(work);
    await drawPhoto(path.join(work, "photo.jpg"));
    const bin = path.join(
      directory.path,
      isWindows ? "prefix" : "prefix/lib",
      "node_modules/@retouch/cli/dist/bin.js",
    );
    const argv = (line: string) => [bin, ...line.split(" ")];
    const help = await directory.run(process.execPath, argv("--help"), work);
    const example = /retouch (edit photo\.jpg .*)"make it dusk" --mock/.exec(help)?.[1] ?? "";
    const line = [bin, ...example.trim().split(" "), "make it dusk", "--mock"];
    const written = (await directory.run(process.execPath, line, work)).trim();
    expect(path.basename(written)).toBe("photo.edited.png");
    expect((await stat(written)).size).toBeGreaterThan(1000);
  });
});
