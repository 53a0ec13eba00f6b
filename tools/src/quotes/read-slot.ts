import { isDeepStrictEqual } from "node:util";
import type { Json } from "../spec-types.ts";

const numberWords = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
const byteUnits: Record<string, number> = { b: 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30 };
const seconds: Record<string, number> = { second: 1, minute: 60, hour: 3600, day: 86_400 };
const mediaTypes: Record<string, string> = { jpg: "image/jpeg", jpeg: "image/jpeg" };

/**
 * Reads the text that stands in a slot of a quote as the value of the limit of that name; returns undefined when it is
 * not such a value. A list keeps the order of the current value, so that equal lists are equal.
 */
export function readSlot(limit: string, text: string, current: Json | undefined): Json | undefined {
  if (limit === "enum") return inOrder(readList(text, current), current);
  if (limit === "mediaTypes") {
    const types = readList(text, undefined).map(
      (name) => mediaTypes[name.toLowerCase()] ?? `image/${name.toLowerCase()}`,
    );
    return inOrder(types, current);
  }
  if (limit === "belowBytes") return readUnit(text, /^([\d.,]+) ?([kmg]?)i?b(?:ytes)?$/i, byteUnits, "b");
  if (limit.endsWith("Seconds")) return readUnit(text, /^(\S+) (second|minute|hour|day)s?$/i, seconds, "");
  return readNumber(text);
}

function readUnit(
  text: string,
  pattern: RegExp,
  units: Record<string, number>,
  ending: string,
): number | undefined {
  const [, amount = "", unit = ""] = pattern.exec(text.trim()) ?? [];
  const value = readNumber(amount);
  const factor = units[unit.toLowerCase() + ending];
  return value === undefined || factor === undefined ? undefined : value * factor;
}

function readNumber(text: string): number | undefined {
  const word = numberWords.indexOf(text.toLowerCase());
  if (word >= 0) return word;
  return /^\d{1,3}(?:,\d{3})+$|^\d+(?:\.\d+)?$/.test(text) ? Number(text.replaceAll(",", "")) : undefined;
}

/** Reads `a, b (the default), and c`; where some values are in quotation marks, those alone. */
function readList(text: string, current: Json | undefined): string[] {
  const known = Array.isArray(current) ? current : [];
  const quoted = [...text.matchAll(/["“]([^"”]*)["”]/g)].map(([, value = ""]) => value);
  const named = text
    .replaceAll(/\([^)]*\)/g, "")
    .split(/\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+/)
    .map((value) => value.trim().replace(/^(?:an?|the)\s+/, ""));
  return (quoted.length > 0 ? quoted : named)
    .filter((value) => value !== "")
    .map((value) => (known.includes(value.toLowerCase()) ? value.toLowerCase() : value));
}

function inOrder(values: string[], current: Json | undefined): Json {
  const old = Array.isArray(current) ? current : [];
  const isSame = isDeepStrictEqual([...values].sort(), [...old].sort());
  return isSame ? old : values;
}
