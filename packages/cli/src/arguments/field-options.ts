import { type FieldFlag, specFields } from "../generated/fields.gen.ts";
import type { OptionDefinition } from "./command-definition.ts";

/** Fields that have a flag or an operand of the CLI's own. */
const ownFields = ["image", "mask", "prompt", "model"];

const placeholder = { string: "TEXT", integer: "N", number: "X", boolean: "", file: "FILE", files: "FILE" };

function toOptions(field: FieldFlag): OptionDefinition[] {
  const flag = field.flag.replace(/^-+/, "");
  const short = flag.length === 1 ? flag : undefined;
  const { description, name, type } = field;
  if (type === "boolean") {
    const positive: OptionDefinition = { flag, description, field: name };
    // A stream only adds progress here, and leaving it out says no.
    if (name === "stream") return [{ ...positive, description: "Show unfinished pictures as progress." }];
    return [positive, { flag: `no-${flag}`, description: `Send \`${name}\` as false.`, field: name }];
  }
  const kind = type === "integer" || type === "number" ? type : "text";
  const extra = name === "size" ? ["match-input"] : [];
  const suggestions = field.values === undefined ? undefined : [...field.values, ...extra];
  return [{ flag, short, value: placeholder[type], kind, description, field: name, suggestions }];
}

/** One flag for each field of the spec that is no operand. */
export const fieldOptions: readonly OptionDefinition[] = specFields
  .filter(({ name }) => !ownFields.includes(name))
  .flatMap(toOptions);
