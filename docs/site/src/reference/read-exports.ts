import path from "node:path";
import { Application, type DeclarationReflection, type ProjectReflection, ReflectionKind } from "typedoc";
import { root } from "../markdown/source-file.ts";
import { type EntryPoint, listEntryPoints } from "./entry-points.ts";

/** An entry point with the model of its exports. */
export interface DocumentedEntry extends EntryPoint {
  readonly exports: readonly DeclarationReflection[];
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
