import { arrayAt, isObject, objectAt, stringAt } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";
import { expandReferences, follow } from "./expand-references.ts";
import { type FoundOperation, findOperation } from "./find-operation.ts";
import { type Path, printPath } from "./json-path.ts";

/** What keeps a vendor's document from being used, with the path of each. */
interface Problem {
  path: string;
  text: string;
}

export interface PreparedVendor {
  /** The document that the overlay is applied to: our operation alone, without references. */
  document: JsonObject;
  path: string;
  operation: JsonObject;
  problems: Problem[];
}

const formType = "multipart/form-data";

/**
 * Prepares a vendor's document for the overlay: keeps our operation, with its references followed, so that every path of
 * the overlay finds what the vendor moved into a component. Schemas of the vendor cannot collide with the overlay's.
 *
 * @throws Error when the document has no such operation.
 */
export function prepareVendor(
  vendor: JsonObject,
  expectedPath: string,
  ownNames: readonly string[],
): PreparedVendor {
  if (typeof vendor["openapi"] !== "string" || !isObject(vendor["paths"])) {
    throw new Error(
      "The vendor's new document is not an OpenAPI document: it lacks `openapi` or `paths`. Check the source.",
    );
  }
  const problems = findForeign(vendor);
  const found = findOperation(vendor, expectedPath);
  if (!found) {
    const paths = Object.keys(objectAt(vendor, "paths"));
    throw new Error(
      `The vendor's document has no POST ${expectedPath}: its paths are ${paths.slice(0, 8).join(", ") || "none"}.`,
    );
  }
  const at = ["paths", found.path, "post"];
  const { value, recursive, dangling } = expandReferences(vendor, joinPathItem(found), at);
  for (const { path, ref } of dangling)
    problems.push({ path, text: `The reference \`${ref}\` leads nowhere in the vendor's document.` });
  const operation = objectAt(value);
  problems.push(...findMissing(operation, [...at, "requestBody", "content", formType, "schema"]));
  return {
    document: assemble(vendor, found, operation, recursive, ownNames),
    path: found.path,
    operation,
    problems,
  };
}

/** What is said beside the operation, for all operations of the path, holds for it too. */
function joinPathItem({ pathItem, operation }: FoundOperation): JsonObject {
  const shared = arrayAt(pathItem, "parameters");
  const servers = operation["servers"] ?? pathItem["servers"];
  return {
    ...operation,
    ...(shared.length === 0 ? {} : { parameters: [...shared, ...arrayAt(operation, "parameters")] }),
    ...(servers === undefined ? {} : { servers }),
  };
}

function assemble(
  vendor: JsonObject,
  { path }: FoundOperation,
  operation: JsonObject,
  recursive: ReadonlySet<string>,
  ownNames: readonly string[],
): JsonObject {
  const { servers: ownServers, security: ownSecurity, ...rest } = operation;
  const hasSecurity = arrayAt(ownSecurity).length > 0;
  const kept = hasSecurity || ownSecurity === undefined ? rest : operation;
  const { servers: _servers, ...post } = kept;
  const schemas = recursiveSchemas(vendor, recursive);
  const rename = (name: string) => (ownNames.includes(name) ? `Vendor${name}` : name);
  const renamed = (value: Json): Json => renameReferences(value, rename);
  const { securitySchemes } = objectAt(vendor, "components");
  const document: JsonObject = { ...vendor };
  document["paths"] = { [path]: { post: renamed(post) } };
  document["components"] = {
    schemas: Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [rename(name), renamed(schema)]),
    ),
    ...(securitySchemes === undefined ? {} : { securitySchemes }),
  };
  if (ownServers !== undefined) document["servers"] = ownServers;
  if (hasSecurity && ownSecurity !== undefined) document["security"] = ownSecurity;
  return document;
}

/** Collects the schemas that contain themselves, and what they need in turn. */
function recursiveSchemas(vendor: JsonObject, references: ReadonlySet<string>): JsonObject {
  const schemas: JsonObject = {};
  const collect = (value: Json): void => {
    if (typeof value !== "object" || value === null) return;
    const ref = stringAt(value, "$ref");
    if (ref !== undefined) add(ref);
    for (const child of Object.values(value)) collect(child);
  };
  const add = (ref: string): void => {
    const name = ref.split("/").at(-1) ?? "";
    const schema = follow(vendor, ref);
    if (!ref.startsWith("#/components/schemas/") || name in schemas || schema === undefined) return;
    schemas[name] = schema;
    collect(schema);
  };
  for (const ref of references) add(ref);
  return schemas;
}

function renameReferences(value: Json, rename: (name: string) => string): Json {
  if (Array.isArray(value)) return value.map((child) => renameReferences(child, rename));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => {
      if (key !== "$ref" || typeof child !== "string") return [key, renameReferences(child, rename)];
      const parts = child.split("/");
      return [key, [...parts.slice(0, -1), rename(parts.at(-1) ?? "")].join("/")];
    }),
  );
}

/** Finds merge keys and references to other documents, which each tool reads in its own way or not at all. */
function findForeign(vendor: JsonObject): Problem[] {
  const problems: Problem[] = [];
  const visit = (value: Json, path: Path): void => {
    if (typeof value !== "object" || value === null) return;
    if (!Array.isArray(value)) {
      const ref = value["$ref"];
      if ("<<" in value)
        problems.push({
          path: printPath([...path, "<<"]),
          text: "YAML 1.2 has no merge keys (`<<`), and tools disagree on them. Write the merged keys out.",
        });
      if (typeof ref === "string" && !ref.startsWith("#"))
        problems.push({
          path: printPath([...path, "$ref"]),
          text: `\`${ref}\` is outside this document, and nothing is read from there. Bundle the document first.`,
        });
    }
    for (const [key, child] of Object.entries(value))
      visit(child, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  visit(vendor, []);
  return problems;
}

/** Checks what every edit needs: without `image` or `prompt` a form is not an edit. */
function findMissing(operation: JsonObject, at: Path): Problem[] {
  const form = objectAt(operation, "requestBody", "content", formType);
  if (!isObject(form["schema"])) {
    const types = Object.keys(objectAt(operation, "requestBody", "content")).join(", ") || "none";
    return [
      {
        path: printPath(at),
        text: `The operation has no schema for ${formType}; its media types: ${types}.`,
      },
    ];
  }
  const fields = objectAt(form["schema"], "properties");
  return ["image", "prompt"]
    .filter((name) => !isObject(fields[name]))
    .map((name) => ({
      path: printPath([...at, "properties", name]),
      text: `The form has no field \`${name}\`, which every edit sends. Look where the vendor moved it.`,
    }));
}
