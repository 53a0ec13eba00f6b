import { readFileSync } from "node:fs";
import path from "node:path";
import { root } from "../markdown/source-file.ts";

/** An entry point of a package, and the declarations that its users get. */
export interface EntryPoint {
  /** What is imported, such as `@retouch/client/node`. */
  readonly name: string;
  readonly packageName: string;
  readonly declarations: string;
}

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

const directories = ["client", "react-hooks", "mock", "queue"];

/** Reads the entry points from the `exports` of every package that has some. */
export function listEntryPoints(): EntryPoint[] {
  const found = directories.flatMap((directory) => {
    const place = path.join(root, "packages", directory);
    const manifest = JSON.parse(readFileSync(path.join(place, "package.json"), "utf8")) as Manifest;
    return Object.entries(manifest.exports ?? {}).flatMap(([key, target]) =>
      typeof target === "string" || target["types"] === undefined
        ? []
        : [
            {
              name: manifest.name + key.slice(1),
              packageName: manifest.name,
              declarations: path.join(place, target["types"]),
            },
          ],
    );
  });
  // What `/node` exports too has its section where any runtime finds it.
  const isNode = ({ name }: EntryPoint): boolean => name.endsWith("/node");
  return [...found.filter((one) => !isNode(one)), ...found.filter(isNode)];
}

/** The path of an entry point's page, without `.md`. */
export function entryPage({ name }: EntryPoint): string {
  return `reference/${name.replace("@retouch/", "").replace("/", "-")}`;
}
