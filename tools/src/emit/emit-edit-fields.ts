import type { Spec, SpecField } from "../spec-types.ts";
import { fieldTypeText, looseTypeText } from "./field-type-text.ts";
import { generatedHeader } from "./generated-header.ts";
import { printKey } from "./print-literal.ts";

/** The image, the mask, the prompt and the model are typed by hand in `edit-params.ts`: every edit has them. */
const handTyped = ["image", "mask", "prompt", "model"];

/** Writes the client's `edit-fields.gen.ts`: what each model takes beside image, mask and prompt. */
export function emitEditFields(spec: Spec): string {
  const fields = spec.fields.filter(({ name }) => !handTyped.includes(name));
  const families = spec.families.map((family) => {
    const members = typedMembers(fields, (field) => fieldTypeText(field, family));
    return `/**\n * ${family.description}\n */\ninterface ${family.name}Fields<Input> {\n${members}}\n`;
  });
  const loose = typedMembers(fields, (field) => looseTypeText(field, spec));
  const models = spec.models.map(({ name, family }) => `  ${printKey(name)}: ${family.name}Fields<Input>;\n`);
  return [
    generatedHeader("emit/emit-edit-fields.ts", "spec/openapi.yaml"),
    ...families,
    `/**\n * Every field that any model takes, with its known values; \`Input\` is what a file may be given as.\n */\nexport interface AnyModelFields<Input = never> {\n${loose}}\n`,
    `/**\n * The fields of each known model.\n */\nexport interface ModelFields<Input = never> {\n${models.join("")}}\n`,
  ].join("\n");
}

type Tree = { [member: string]: Tree | { field: SpecField; type: string } };

/** Types the fields; those with bracketed names are members of one object, all of them optional. */
function typedMembers(
  fields: readonly SpecField[],
  typeOf: (field: SpecField) => string | undefined,
): string {
  const root: Tree = {};
  for (const field of fields) {
    const type = typeOf(field);
    if (type === undefined) continue;
    const path = field.name.split(/[[\]]+/).filter((member) => member !== "");
    const last = path.pop() ?? "";
    let at = root;
    for (const member of path) {
      const inner = (at[member] ?? {}) as Tree;
      at[member] = inner;
      at = inner;
    }
    at[last] = { field, type };
  }
  return Object.entries(root)
    .map(([name, entry]) => printMember(name, entry, "  ", false))
    .join("");
}

function printMember(name: string, entry: Tree[string], indent: string, isNested: boolean): string {
  const optional = isNested ? "?" : "";
  const missing = isNested ? " | undefined" : "";
  if (isLeaf(entry))
    return `${comment(entry.field, indent)}${indent}${printKey(name)}${optional}: ${entry.type}${missing};\n`;
  const members = Object.entries(entry).map(([member, inner]) =>
    printMember(member, inner, `${indent}  `, true),
  );
  return `${indent}${printKey(name)}${optional}: {\n${members.join("")}${indent}}${missing};\n`;
}

function isLeaf(entry: Tree[string]): entry is { field: SpecField; type: string } {
  return typeof entry["type"] === "string";
}

function comment({ description, deprecated }: SpecField, indent: string): string {
  const text = description.replaceAll("*/", "*\\/");
  if (deprecated) return `${indent}/**\n${indent} * @deprecated ${text}\n${indent} */\n`;
  return text === "" ? "" : `${indent}/** ${text} */\n`;
}
