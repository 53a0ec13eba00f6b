import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";
import { wholeDocument } from "../document/whole-document.ts";
import type { JsonObject } from "../spec-types.ts";
import { generatedHeader } from "./generated-header.ts";

/** Writes the client's `openapi.gen.ts`, or that of another vendor: the paths and schemas that openapi-fetch is typed by. */
async function emitTypes(document: JsonObject, source = "spec/openapi.yaml"): Promise<string> {
  const blob = ts.factory.createTypeReferenceNode("Blob");
  // JSON from a checked document: openapi-typescript's own type of it says no more.
  const nodes = await openapiTS(structuredClone(document) as never, {
    defaultNonNullable: false,
    transform: (schema, { path }) => {
      if (schema.format === "binary") return blob;
      return path?.endsWith("/KnownModel") && schema.anyOf ? openModel(schema.anyOf) : undefined;
    },
  });
  // openapi-fetch wants `paths`; the rest serves it and stays inside the file.
  const text = astToString(nodes)
    .replaceAll(/^export (?=(?:type|interface) (?!paths\b))/gm, "")
    .replace(/^(?=export interface paths\b)/m, `/** Every path of ${source}, for openapi-fetch. */\n`);
  return `${generatedHeader("emit/emit-types.ts", source)}${text}`;
}

/**
 * Writes the types of the spec with every other operation of the vendor's document. When these have no types, because the
 * vendor wrote them wrongly, those of the spec are written alone.
 */
export async function emitWholeTypes(
  spec: JsonObject,
  raw: JsonObject,
  {
    source,
    place = (document) => document,
  }: { source?: string; place?: (document: JsonObject) => JsonObject } = {},
): Promise<{ types: string; notes: string[] }> {
  const { document, notes } = wholeDocument(spec, raw);
  try {
    return { types: await emitTypes(place(document), source), notes };
  } catch (error) {
    const types = await emitTypes(place(spec), source);
    const reason = error instanceof Error ? error.message : String(error);
    return { types, notes: [`The other operations of the vendor have no types: ${reason}`] };
  }
}

/** Any string is a model; the known ones stay in completion. */
function openModel(families: readonly object[]): ts.TypeNode {
  const names = families.flatMap((entry) =>
    "$ref" in entry ? [String(entry.$ref).split("/").at(-1) ?? ""] : [],
  );
  const { factory } = ts;
  const schema = (name: string) =>
    factory.createIndexedAccessTypeNode(
      factory.createIndexedAccessTypeNode(
        factory.createTypeReferenceNode("components"),
        factory.createLiteralTypeNode(factory.createStringLiteral("schemas")),
      ),
      factory.createLiteralTypeNode(factory.createStringLiteral(name)),
    );
  const anyOther = factory.createIntersectionTypeNode([
    factory.createKeywordTypeNode(ts.SyntaxKind.StringKeyword),
    factory.createTypeLiteralNode([]),
  ]);
  return factory.createUnionTypeNode([...names.map(schema), factory.createParenthesizedType(anyOther)]);
}
