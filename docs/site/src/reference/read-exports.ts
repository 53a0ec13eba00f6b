import { readFileSync } from "node:fs";
import path from "node:path";
import { Application, type DeclarationReflection, type ProjectReflection, ReflectionKind } from "typedoc";
import { root } from "../markdown/source-file.ts";

/** An entry point of a package, and the declarations that its users get. */
export interface EntryPoint {
  /** What is imported, such as `@retouch/client/node`. */
  readonly name: string;
  readonly packageName: string;
  readonly declarations: string;
}

/** An entry point with the model of its exports. */
export interface DocumentedEntry extends EntryPoint {
  readonly exports: readonly DeclarationReflection[];
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

/**
 * Reads what each entry point exports, from the declarations that are published. They are read once.
 *
 * @throws Error when a package is not built.
 */
export function readExports(): Promise<DocumentedEntry[]> {
  known ??= convert();
  return known;
}

let known: Promise<DocumentedEntry[]> | undefined;

async function convert(): Promise<DocumentedEntry[]> {
  const entryPoints = listEntryPoints();
  const application = await Application.bootstrap({
    entryPoints: entryPoints.map(({ declarations }) => declarations),
    tsconfig: path.join(import.meta.dirname, "../../tsconfig.reference.json"),
    basePath: root,
    skipErrorChecking: true,
    disableSources: true,
    excludeInternal: true,
    excludePrivate: true,
    sort: ["source-order"],
    readme: "none",
    logLevel: "Error",
    // Its default reads the package that the process was started in.
    packageOptions: {},
  });
  const project: ProjectReflection | undefined = await application.convert();
  const modules = project?.children ?? [];
  return entryPoints.map((entry) => {
    const place = path.posix.join(
      ...path
        .relative(path.join(root, "packages"), entry.declarations)
        .replace(/(?:\/index)?\.d\.ts$/, "")
        .split(path.sep),
    );
    const found = modules.find(
      ({ name }) => name === place || `packages/${name}` === place || name.endsWith(place),
    );
    if (found?.children === undefined)
      throw new Error(`${entry.name} has no declarations. Build the packages: \`pnpm build\`.`);
    return { ...entry, exports: found.children.filter(({ name }) => !name.startsWith("_")) };
  });
}

/** Returns the declaration behind an export, which may be of another entry point. */
export function targetOf(reflection: DeclarationReflection): DeclarationReflection {
  return (
    reflection.isReference() ? reflection.getTargetReflectionDeep() : reflection
  ) as DeclarationReflection;
}

/** Returns the members of an interface, a class or an object type, without those of the platform's own classes. */
export function membersOf(declaration: DeclarationReflection): DeclarationReflection[] {
  const literal = declaration.type?.type === "reflection" ? declaration.type.declaration.children : undefined;
  return [...(declaration.children ?? []), ...(literal ?? [])].filter(
    ({ name, kind, flags, inheritedFrom }) =>
      !/^(?:__|\[)/.test(name) &&
      kind !== ReflectionKind.Constructor &&
      !flags.isExternal &&
      !/^Error\b/.test(inheritedFrom?.name ?? ""),
  );
}

/** Returns whether a declaration has a sentence that says what it is. */
export function isDocumented(declaration: DeclarationReflection): boolean {
  const nested =
    declaration.type?.type === "reflection" ? declaration.type.declaration.signatures : undefined;
  return [declaration, declaration.getSignature, ...(declaration.signatures ?? []), ...(nested ?? [])].some(
    (one) => one?.hasComment() === true,
  );
}
