import { type FieldFlag, specFields } from "../generated/fields.gen.ts";
import type { OptionDefinition } from "./command-definition.ts";

/** Fields of the spec that the CLI defines a flag or an operand for. */
const ownFields = ["image", "mask", "prompt", "model"];

const placeholders = { string: "TEXT", integer: "N", number: "X", boolean: "", file: "FILE", files: "FILE" };

/** One flag for each field of the spec that is not an operand. */
export const fieldOptions: readonly OptionDefinition[] = specFields
  .filter(({ name }) => !ownFields.includes(name))
  .flatMap(toOptions);

function toOptions(field: FieldFlag): OptionDefinition[] {
  const flag = field.flag.replace(/^-+/, "");
  const short = flag.length === 1 ? flag : undefined;
  const { description, name, type } = field;
  if (type === "boolean") {
    const positive: OptionDefinition = { flag, description, field: name };
    // A stream only adds progress here, so there is no `--no-stream`.
    if (name === "stream") return [{ ...positive, description: "Show partial images as progress." }];
    return [positive, { flag: `no-${flag}`, description: `Send \`${name}\` as false.`, field: name }];
  }
  const kind = type === "integer" || type === "number" ? type : type === "file" ? "path" : "text";
  const extra = name === "size" ? ["match-input"] : [];
  const suggestions = field.values === undefined ? undefined : [...field.values, ...extra];
  return [{ flag, short, value: placeholders[type], kind, description, field: name, suggestions }];
}
