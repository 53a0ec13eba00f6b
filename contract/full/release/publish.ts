import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runProcess } from "../../src/support/run-process.ts";
import type { LocalRegistry } from "./local-registry.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const changesets = path.join(root, "node_modules/@changesets/cli/bin.js");
/** What `changeset version` reads and writes. */
const files = ["package.json", "LICENSE", "pnpm-workspace.yaml", "pnpm-lock.yaml", ".changeset"];

/** A copy of the repository's packages, as built, whose versions a rehearsal may raise. */
export interface ScratchRepository {
  /** Writes a changeset, so that the next release raises a package by `bump`. */
  addChangeset(name: string, bump: "minor" | "major", text: string): Promise<void>;
  /** Runs `changeset version` and `changeset publish`. Returns the version of each package. */
  release(): Promise<ReadonlyMap<string, string>>;
}

/** Copies what a release needs into a directory. */
export async function copyRepository(
  directory: string,
  registry: LocalRegistry,
  env: NodeJS.ProcessEnv,
): Promise<ScratchRepository> {
  await mkdir(directory, { recursive: true });
  for (const file of files) await cp(path.join(root, file), path.join(directory, file), { recursive: true });
  const names = await readdir(path.join(root, "packages"));
  // A copy has no site to take the guides from, so they are written before it is made.
  const guides = path.join(root, "docs/site/src/guides/write-package-guides.ts");
  const made = await runProcess(process.execPath, [guides], { env });
  if (made.code !== 0) throw new Error(made.stderr);
  const skipped = /[\\/](node_modules|src|\.turbo)$/;
  for (const name of names) {
    const to = path.join(directory, "packages", name);
    await cp(path.join(root, "packages", name), to, {
      recursive: true,
      filter: (file) => !skipped.test(file),
    });
    await removeGuard(path.join(to, "package.json"));
    // `workspace:` in a dependency becomes the version of the package that is linked here.
    const links = path.join(to, "node_modules/@retouch");
    await mkdir(links, { recursive: true });
    for (const other of names) {
      if (other !== name)
        await symlink(path.join(directory, "packages", other), path.join(links, other), "junction");
    }
  }
  // The changelog's format, which the configuration names.
  await mkdir(path.join(directory, "node_modules"));
  await symlink(
    path.join(root, "node_modules/@changesets"),
    path.join(directory, "node_modules/@changesets"),
    "junction",
  );
  await writeFile(path.join(directory, ".npmrc"), registry.npmrc);

  const readmes = path.join(root, "tools/src/absolute-readmes.ts");
  const written = await runProcess(process.execPath, [readmes, directory], { env });
  if (written.code !== 0) throw new Error(written.stderr);

  async function run(argv: readonly string[]): Promise<void> {
    const ended = await runProcess(process.execPath, [changesets, ...argv], { cwd: directory, env });
    if (ended.code !== 0) throw new Error(`changeset ${argv.join(" ")}\n${ended.stdout}${ended.stderr}`);
  }
  await runProcess("git", ["init", "-q"], { cwd: directory, env });
  return {
    addChangeset: (name, bump, text) =>
      writeFile(
        path.join(directory, `.changeset/rehearsal-${bump}.md`),
        `---\n"${name}": ${bump}\n---\n\n${text}\n`,
      ),
    async release() {
      await run(["version"]);
      await run(["publish", "--no-git-tag"]);
      const manifests = await Promise.all(
        names.map((name) => readManifest(path.join(directory, "packages", name, "package.json"))),
      );
      return new Map(manifests.map(({ name, version }) => [name, version]));
    },
  };
}

interface Manifest {
  name: string;
  version: string;
  scripts?: Record<string, string>;
}

async function readManifest(file: string): Promise<Manifest> {
  return JSON.parse(await readFile(file, "utf8")) as Manifest;
}

/** Removes the check before publishing, which only a repository with an owner passes, and what wrote the guides. */
async function removeGuard(file: string): Promise<void> {
  const manifest = await readManifest(file);
  delete manifest.scripts?.["prepublishOnly"];
  delete manifest.scripts?.["prepack"];
  await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
