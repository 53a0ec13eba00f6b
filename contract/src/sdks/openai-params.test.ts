import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fieldNames, limitsOf, modelNames } from "@retouch/client/models";
import ts from "typescript";
import { expect, test } from "vitest";

/** Our fields without a type in OpenAI's SDK, and the reason for each. */
const oursAlone: Record<string, string> = {
  moderation: "the vendor's document, and OpenAI's JSON body",
  aspect_ratio: "flux-kontext",
  seed: "flux-kontext",
  prompt_upsampling: "flux-kontext",
  safety_tolerance: "flux-kontext",
};

/** OpenAI fields that we do not have, and the reason for each: currently none. */
const theirsAlone: Record<string, string> = {};

const declarations = fileURLToPath(import.meta.resolve("openai/resources/images")).replace(
  /\.m?js$/,
  ".d.ts",
);
const source = ts.createSourceFile(
  declarations,
  readFileSync(declarations, "utf8"),
  ts.ScriptTarget.ESNext,
  true,
);

/** Returns the interfaces of the file by name, with the path of their namespace: `ImageEditParams.Svg`. */
function interfacesIn(node: ts.Node, path: string[] = []): [string, ts.InterfaceDeclaration][] {
  return node.getChildren().flatMap((child): [string, ts.InterfaceDeclaration][] => {
    if (ts.isInterfaceDeclaration(child)) return [[[...path, child.name.text].join("."), child]];
    const inner = ts.isModuleDeclaration(child) ? [...path, child.name.getText()] : path;
    return interfacesIn(child, inner);
  });
}

const interfaces = new Map(interfacesIn(source));

/** Returns an interface's fields with the strings allowed for each; an object's members are named with brackets. */
function fieldsOf(name: string, scope: string): [field: string, values: string[]][] {
  return (interfaces.get(name)?.members ?? ts.factory.createNodeArray<ts.TypeElement>()).flatMap(
    (member): [string, string[]][] => {
      if (!ts.isPropertySignature(member) || !member.type) return [];
      const field = member.name.getText();
      const parts = ts.isUnionTypeNode(member.type) ? [...member.type.types] : [member.type];
      const nested = parts
        .map((part) => part.getText())
        .find((text) => text.startsWith(`${scope}.`) || interfaces.has(`${scope}.${text}`));
      if (nested !== undefined) {
        const inner = nested.startsWith(`${scope}.`) ? nested : `${scope}.${nested}`;
        return fieldsOf(inner, scope).map(([one, values]) => [
          `${field}[${one.replace("[", "][")}${one.includes("[") ? "" : "]"}`,
          values,
        ]);
      }
      const literals = parts.filter(ts.isLiteralTypeNode).map(({ literal }) => literal);
      return [[field, literals.filter(ts.isStringLiteral).map(({ text }) => text)]];
    },
  );
}

const theirs = new Map(fieldsOf("ImageEditParamsBase", "ImageEditParams"));

test("types every field that OpenAI's SDK types, except those listed with a reason", () => {
  expect(theirs.size).toBeGreaterThan(20);
  const ours: readonly string[] = fieldNames;
  const missing = [...theirs.keys()].filter((name) => !ours.includes(name) && !(name in theirsAlone));
  const added = ours.filter((name) => !theirs.has(name) && !(name in oursAlone));
  expect({ missing, added }).toEqual({ missing: [], added: [] });
  // Reasons for fields that no longer exist are an error.
  expect(Object.keys(theirsAlone).filter((name) => !theirs.has(name))).toEqual([]);
  expect(Object.keys(oursAlone).filter((name) => theirs.has(name) || !ours.includes(name))).toEqual([]);
});

test.each([...theirs].filter(([, values]) => values.length > 0))(
  "takes every value of `%s` that OpenAI's SDK types",
  (field, values) => {
    const known = modelNames.flatMap((model) =>
      (limitsOf(model).fields[field] ?? []).flatMap((rule) => rule.enum ?? []).map(String),
    );
    expect(values.filter((value) => !known.includes(value))).toEqual([]);
  },
);
