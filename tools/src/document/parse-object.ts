import { CORE_SCHEMA, load, YAMLException } from "js-yaml";
import { isObject } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";

/** Aliases can expand a small text without end; no vendor's document has as many values. */
const maxValues = 2_000_000;

/**
 * Parses YAML 1.2 or JSON to an object of plain JSON values.
 *
 * @throws Error that names the document, and its line where there is one.
 */
export function parseObject(text: string, what: string): JsonObject {
  const value = text.trimStart().startsWith("{") ? parseJson(text, what) : parseYaml(text, what);
  if (value === undefined || value === null) throw new Error(`${what} is empty. Check the source.`);
  if (!isObject(value)) throw new Error(`${what} is not a YAML object. Check its first lines.`);
  checkValues(value, what);
  return value;
}

/** JSON parses in a tenth of the time; what only looks like JSON, such as a YAML mapping in braces, is parsed as YAML. */
function parseJson(text: string, what: string): unknown {
  try {
    // JSON.parse keeps the last of two equal keys, so a text that repeats keys goes through the YAML parser.
    const value = JSON.parse(text) as unknown;
    return hasRepeatedKeys(text, value) ? parseYaml(text, what) : value;
  } catch {
    return parseYaml(text, what);
  }
}

/** Each key of parsed JSON stands in the text once: more keys in the text than in the value means that some repeat. */
function hasRepeatedKeys(text: string, value: unknown): boolean {
  const inText = text.match(/"(?:[^"\\]|\\.)*"(?=\s*:)/g)?.length ?? 0;
  let inValue = 0;
  const count = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    if (!Array.isArray(node)) inValue += Object.keys(node).length;
    for (const child of Object.values(node)) count(child);
  };
  count(value);
  return inText > inValue;
}

function parseYaml(text: string, what: string): unknown {
  try {
    return load(text, { schema: CORE_SCHEMA });
  } catch (cause) {
    if (!(cause instanceof YAMLException)) throw cause;
    const { reason, mark } = cause;
    if (/single document/.test(reason))
      throw new Error(`${what} holds several YAML documents. Keep the one with the operation.`, { cause });
    // `mark` is missing when the text has no position to point at.
    const isAtEnd = mark !== undefined && mark.position >= text.trimEnd().length;
    if (isAtEnd)
      throw new Error(`${what} ends early: ${reason} (line ${mark.line + 1}). Download it again.`, { cause });
    throw new Error(
      `${what} is not YAML: ${reason} at line ${(mark?.line ?? 0) + 1}, column ${(mark?.column ?? 0) + 1}.`,
      { cause },
    );
  }
}

/** Checks that the values are JSON's own and that the document does not expand without end. */
function checkValues(value: JsonObject, what: string): void {
  let seen = 0;
  const open = new Set<object>();
  const visit = (node: Json, path: string): void => {
    seen += 1;
    if (seen > maxValues)
      throw new Error(`${what} has more than ${maxValues} values once its aliases are expanded. Shorten it.`);
    if (typeof node === "number" && !Number.isFinite(node))
      throw new Error(`${what} has ${node} at ${path}, which JSON cannot express. Give a number.`);
    if (typeof node !== "object" || node === null) return;
    if (open.has(node)) throw new Error(`${what} contains itself at ${path}. Remove the alias.`);
    open.add(node);
    for (const [key, child] of Object.entries(node)) {
      if (key === "__proto__") throw new Error(`${what} has the key \`__proto__\` at ${path}. Remove it.`);
      visit(child, `${path}.${key}`);
    }
    open.delete(node);
  };
  visit(value, "$");
}
