import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Plugin } from "vite";

/** Returns the license text of each package that the modules of a bundle come from, by `name version`. */
export function licensesOf(modules: Iterable<string>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const module of modules) {
    const directory = packageOf(module);
    if (directory === undefined) continue;
    const manifest = JSON.parse(readFileSync(path.join(directory, "package.json"), "utf8"));
    if (manifest.name.startsWith("@retouch/")) continue;
    const file = readdirSync(directory).find((name) => /^licen[cs]e/i.test(name));
    if (file === undefined) throw new Error(`${manifest.name} has no license file, and is bundled.`);
    found.set(`${manifest.name} ${manifest.version}`, readFileSync(path.join(directory, file), "utf8"));
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Writes them to a file of the package: their licenses ask for it. */
export function writeLicenses(file: string, licenses: ReadonlyMap<string, string>): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, [...licenses].map(([name, text]) => `${name}\n\n${text.trim()}\n`).join("\n---\n\n"));
}

/** Creates a Vite plugin that writes the licenses of what a page bundles. */
export function bundledLicenses(file: string): Plugin {
  return {
    name: "bundled-licenses",
    apply: "build",
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((chunk) =>
        chunk.type === "chunk" ? Object.keys(chunk.modules) : [],
      );
      writeLicenses(file, licensesOf(modules));
    },
  };
}

/** Returns the directory of the package in `node_modules` that a module belongs to. */
function packageOf(module: string): string | undefined {
  const [, directory] =
    /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(module.replace(/^\0/, "")) ?? [];
  return directory !== undefined && existsSync(path.join(directory, "package.json")) ? directory : undefined;
}
