import { CliError } from "../../errors/cli-error.ts";
import { didYouMean } from "../../errors/did-you-mean.ts";
import { specFields } from "../../generated/fields.gen.ts";
import { type FileValue, readFileValue } from "../../input/file-value.ts";
import type { RawRow } from "./raw-row.ts";

/** The fields that are not read like the others of the spec. */
export const ownFields = ["id", "image", "mask", "prompt", "model", "output", "extra"];
/** The file fields beside the images and the mask, such as `markup`. */
export const otherFiles = specFields.flatMap(({ name, type }) =>
  type === "file" && name !== "mask" ? [name] : [],
);
const knownFields = [...new Set([...ownFields, ...specFields.map(({ name }) => name)])];

/** Reads the fields of a row and collects all problems. */
export class RowReader {
  readonly problems: string[] = [];
  private readonly raw: Pick<RawRow, "fields">;
  private readonly isCsv: boolean;

  constructor(raw: Pick<RawRow, "fields">, isCsv: boolean) {
    this.raw = raw;
    this.isCsv = isCsv;
  }

  text(name: string): string | undefined {
    const value = this.raw.fields[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string" && value !== "") return value;
    if (name === "id" && typeof value === "number") return String(value);
    this.problems.push(`\`${name}\` is ${JSON.stringify(value)}. Give text.`);
    return undefined;
  }

  images(): string[] {
    let value = this.raw.fields["image"];
    if (this.isCsv && typeof value === "string" && value.trim().startsWith("[")) {
      try {
        value = JSON.parse(value);
      } catch {
        // A file name may start with a bracket; it is then used unchanged.
      }
    }
    const list: unknown[] = Array.isArray(value) ? value : [value];
    const texts = list.filter((item) => typeof item === "string" && item !== "");
    if (texts.length === list.length && texts.length > 0) return texts as string[];
    this.problems.push("`image` is missing or not a path. Give a path, or an array of paths.");
    return [];
  }

  file(text: string, directory: string): FileValue {
    try {
      return readFileValue(text, directory);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      this.problems.push(error.message);
      return "";
    }
  }

  field(name: string, type: string): unknown {
    const value = this.raw.fields[name];
    if (value === null || value === undefined || !this.isCsv || typeof value !== "string")
      return value ?? undefined;
    if ((type === "integer" || type === "number") && /^-?\d+(?:\.\d+)?$/.test(value)) return Number(value);
    if (type === "boolean" && /^(?:true|false)$/i.test(value)) return value.toLowerCase() === "true";
    return value;
  }

  extra(): Record<string, unknown> | undefined {
    let value = this.raw.fields["extra"];
    if (this.isCsv && typeof value === "string") {
      try {
        value = JSON.parse(value);
      } catch {
        // Reported below as not an object.
      }
    }
    if (value === undefined || value === null) return undefined;
    if (typeof value === "object" && !Array.isArray(value)) return { ...value };
    this.problems.push('`extra` is not an object. Write {"name": "value"}.');
    return undefined;
  }

  unknownNames(): void {
    for (const name of Object.keys(this.raw.fields)) {
      if (knownFields.includes(name)) continue;
      this.problems.push(
        `\`${name}\` is not a field.${didYouMean(name, knownFields)} Fields that are not in the spec go into \`extra\`.`,
      );
    }
  }
}
