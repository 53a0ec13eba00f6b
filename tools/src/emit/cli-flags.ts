import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SpecField } from "../spec-types.ts";

/** The command line defines its own options here; each has its name as a literal. */
const optionDefinitions = join(import.meta.dirname, "../../../packages/cli/src/arguments/definitions");

/** Options that the program, or Node itself, reads wherever they stand (docs/adr/0010-options-that-node-and-npm-read.md). */
const readByOthers = [
  "version",
  "V",
  "env-file",
  "env-file-if-exists",
  "experimental-config-file",
  "experimental-default-config-file",
];

/** Fields that the command line defines an option or an operand for. */
const ownFields = ["image", "mask", "prompt", "model"];

/** Reads the names of the command line's own options from their definitions. */
export function readOwnOptions(directory = optionDefinitions): Set<string> {
  const texts = readdirSync(directory)
    .filter((name) => /^[\w-]+\.ts$/.test(name))
    .map((name) => readFileSync(join(directory, name), "utf8"));
  const names = texts.flatMap((text) => [...text.matchAll(/\b(?:flag|short): "([\w-]+)"/g)]);
  return new Set([...readByOthers, ...names.map(([, name = ""]) => name)]);
}

/**
 * Chooses a flag for each field: `response_format` has `--response-format`, a field of one letter `-n`. A field whose flag
 * the command line has itself, or another field has, gets the suffix `-field`, and a note says so.
 */
export function chooseFlags(
  fields: readonly SpecField[],
  ownOptions: ReadonlySet<string>,
): { flags: Map<string, string>; notes: string[] } {
  const taken = new Set(ownOptions);
  const flags = new Map<string, string>();
  const notes: string[] = [];
  for (const { name, type } of fields) {
    // A name without a letter or digit of ASCII has no flag of its own.
    const plain = plainFlag(name) || "other";
    const namesOf = (flag: string) => (type === "boolean" ? [flag, `no-${flag}`] : [flag]);
    const isFree = (flag: string) => namesOf(flag).every((one) => !taken.has(one));
    let flag = plain;
    if (!ownFields.includes(name)) {
      // `--no-x` is the switch that turns x off.
      if (plain.startsWith("no-") || !isFree(plain)) flag = `${plain.replace(/^no-/, "without-")}-field`;
      for (let count = 2; !isFree(flag); count += 1) flag = `${plain}-field-${count}`;
      if (flag !== plain)
        notes.push(
          `The field \`${name}\` has the flag \`--${flag}\`: \`${dashed(plain)}\` is an option of the command line itself, or of another field.`,
        );
      for (const one of namesOf(flag)) taken.add(one);
    }
    flags.set(name, dashed(flag));
  }
  return { flags, notes };
}

const dashed = (flag: string): string => (flag.length === 1 ? `-${flag}` : `--${flag}`);

const plainFlag = (name: string): string =>
  name
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "")
    .join("-");
