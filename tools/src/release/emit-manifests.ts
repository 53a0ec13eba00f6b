import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isObject, objectAt } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";
import { ownKeywords, type Repository, repository, sharedKeywords } from "./manifest-facts.ts";

/** What `npm publish`, `pnpm publish` and `changeset publish` run first, in the package's directory. */
const prepublishOnly = "node ../../tools/src/check-publish.ts";

/** What every pack runs first: it writes the guides that a package brings into its `dist/docs`. */
const prepack = (directory: string): string =>
  `node ../../docs/site/src/guides/write-package-guides.ts ${directory}`;

/**
 * Writes what every published manifest says of its repository: links, keywords, and what runs before a pack and a release.
 *
 * @throws Error when the package has no keywords in `manifest-facts.ts`.
 */
export function emitManifest(text: string, directory: string, home: Repository = repository): string {
  const manifest = JSON.parse(text) as Json;
  if (!isObject(manifest)) throw new Error(`packages/${directory}/package.json is not an object.`);
  if (manifest["private"] === true) return text;
  const own = ownKeywords[directory];
  if (own === undefined) {
    throw new Error(
      `packages/${directory} has no keywords. Add them to tools/src/release/manifest-facts.ts.`,
    );
  }
  const url = `https://github.com/${home.owner}/${home.name}`;
  const facts: JsonObject = {
    keywords: [...sharedKeywords, ...own].sort(),
    homepage: `${url}/tree/main/packages/${directory}#readme`,
    bugs: { url: `${url}/issues` },
    repository: { type: "git", url: `git+${url}.git`, directory: `packages/${directory}` },
  };
  const { name = "", version = "", description = "", ...rest } = manifest;
  for (const key of Object.keys(facts)) delete rest[key];
  const { prepack: _, ...others } = objectAt(rest, "scripts");
  const scripts = { ...others, prepack: prepack(directory), prepublishOnly };
  const written: JsonObject = { name, version, description, ...facts, ...rest, scripts };
  return `${JSON.stringify(written, null, 2)}\n`;
}

/** Makes the text of every package's manifest, by its path from the root. */
export async function emitManifests(root: string): Promise<Map<string, string>> {
  const outputs = new Map<string, string>();
  for (const directory of (await readdir(join(root, "packages"))).sort()) {
    const path = `packages/${directory}/package.json`;
    const text = await readFile(join(root, path), "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined; // not a package
      throw error;
    });
    if (text !== undefined) outputs.set(path, emitManifest(text, directory));
  }
  return outputs;
}
