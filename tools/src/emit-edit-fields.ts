import { fieldTypeText, looseTypeText } from "./field-type-text.ts";
import { generatedHeader } from "./generated-header.ts";
import { printKey } from "./print-literal.ts";
import type { Spec, SpecField } from "./spec-types.ts";

/** Files, the prompt and the model are typed by hand in `edit-params.ts`: they are what every edit has. */
function isPlainField(field: SpecField): boolean {
  return field.type !== "file" && field.type !== "files" && field.name !== "prompt" && field.name !== "model";
}

const comment = ({ description }: SpecField) =>
  description === "" ? "" : `  /** ${description.replaceAll("*/", "*\\/")} */\n`;

/** Writes the client's `edit-fields.gen.ts`: what each model takes beside image, mask and prompt. */
export function emitEditFields(spec: Spec): string {
  const fields = spec.fields.filter(isPlainField);
  const families = spec.families.map((family) => {
    const members = fields.flatMap((field) => {
      const type = fieldTypeText(field, family);
      return type === undefined ? [] : [`${comment(field)}  ${printKey(field.name)}: ${type};\n`];
    });
    return `/**\n * ${family.description}\n */\ninterface ${family.name}Fields {\n${members.join("")}}\n`;
  });
  const loose = fields.map(
    (field) => `${comment(field)}  ${printKey(field.name)}: ${looseTypeText(field, spec)};\n`,
  );
  const models = spec.models.map(({ name, family }) => `  ${printKey(name)}: ${family.name}Fields;\n`);
  return [
    generatedHeader("emit-edit-fields.ts", "spec/openapi.yaml"),
    ...families,
    `/**\n * Every field that any model takes, with its known values.\n */\nexport interface AnyModelFields {\n${loose.join("")}}\n`,
    `/**\n * The fields of each known model.\n */\nexport interface ModelFields {\n${models.join("")}}\n`,
  ].join("\n");
}
