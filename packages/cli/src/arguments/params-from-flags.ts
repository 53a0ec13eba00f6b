import { usageError } from "../errors/cli-error.ts";
import { specFields } from "../generated/fields.gen.ts";
import type { ParsedArguments } from "./command-definition.ts";
import { fieldOptions } from "./field-options.ts";

/** Reads the spec's fields off the flags; `extra` holds what `--param` names. */
export function paramsFromFlags({ values }: ParsedArguments): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  for (const { flag, field, value } of fieldOptions) {
    const given = values[flag];
    if (given === undefined || field === undefined) continue;
    if (field in params)
      throw usageError(`\`--${flag}\` contradicts \`--${flag.replace(/^no-/, "")}\`. Give one.`);
    params[field] = value === undefined ? !flag.startsWith("no-") : given;
  }
  const extra = extraFields(values["param"]);
  return Object.keys(extra).length > 0 ? { ...params, extra } : params;
}

function extraFields(given: unknown): Record<string, string> {
  const extra: Record<string, string> = {};
  for (const text of Array.isArray(given) ? given : []) {
    const parts = /^([A-Za-z0-9_.[\]-]+)=(.*)$/s.exec(String(text));
    const [name, value] = [parts?.[1], parts?.[2]];
    if (name === undefined || value === undefined || value === "") {
      throw usageError(`\`--param\` is \`${text}\`. Write a name, =, and a value: \`--param style=vivid\`.`);
    }
    const known = specFields.find((field) => field.name === name);
    if (known !== undefined)
      throw usageError(`\`--param ${name}\` is a field of the spec. Use \`${known.flag}\`.`);
    if (Object.hasOwn(extra, name)) throw usageError(`\`--param ${name}\` comes twice. Give it once.`);
    extra[name] = value;
  }
  return extra;
}
