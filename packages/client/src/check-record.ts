import { ConfigurationError } from "./errors.ts";

/** Refuses `Headers`, `URLSearchParams` and maps: they look like objects without entries, and what they hold would be lost. */
export function checkRecord(name: string, value: unknown = {}): void {
  if (typeof value !== "object" || value === null || Symbol.iterator in value)
    throw new ConfigurationError(`\`${name}\` is no plain object. Give one, as \`{ name: "value" }\`.`);
}
