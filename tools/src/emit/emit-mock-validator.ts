import { fileURLToPath } from "node:url";
import Ajv from "ajv";
import standaloneCode from "ajv/dist/standalone/index.js";
import { build } from "esbuild";
import type { Spec } from "../spec-types.ts";
import { familySchema } from "./family-schema.ts";
import { generatedHeader } from "./generated-header.ts";
import { printLiteral, printPattern } from "./print-literal.ts";

/** Writes the mock's `validator.gen.ts`: ajv's own code for every family, bundled, behind one typed function. */
export async function emitMockValidator(spec: Spec): Promise<string> {
  const ajv = new Ajv({
    allErrors: true,
    strict: true,
    code: { source: true, esm: true, lines: false },
  });
  for (const family of spec.families) ajv.addSchema(familySchema(spec, family), family.name);
  const exports = Object.fromEntries(spec.families.map(({ name }) => [name, name]));
  const { outputFiles } = await build({
    stdin: {
      contents: standaloneCode(ajv, exports),
      resolveDir: fileURLToPath(new URL("../..", import.meta.url)),
    },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "validators",
    minify: true,
    legalComments: "none",
    target: "es2022",
    charset: "utf8",
    logLevel: "silent",
  });
  const code = (outputFiles[0]?.text ?? "")
    .replaceAll("\r\n", "\n")
    .replace(/^"use strict";/, "")
    .trim();
  const types = Object.fromEntries(
    spec.fields
      .filter(({ type }) => type !== "file" && type !== "files")
      .map(({ name, type }) => [name, type]),
  );
  const sizes = Object.fromEntries(
    spec.families.flatMap((family) => {
      const rule = [...(family.rules.get("size") ?? [])].find((one) => one.severity === "error" && one.size);
      return rule?.size ? [[family.name, rule.size]] : [];
    }),
  );
  const conflicts = Object.fromEntries(
    spec.families.map(({ name, conflicts: all }) => [
      name,
      all.filter(({ severity }) => severity === "error").map(({ when }) => when),
    ]),
  );
  return `// @ts-nocheck
${generatedHeader("emit/emit-mock-validator.ts", "spec/openapi.yaml")}
${code}

const fieldTypes = ${printLiteral(types)};
const sizeRules = ${printLiteral(sizes)};
const conflicts = ${printLiteral(conflicts)};
const fallback = ${JSON.stringify(spec.fallback.name)};
const snapshotPattern = ${printPattern(spec.snapshotPattern)};
const familyOfModel = new Map(${printLiteral(spec.models.map(({ name, family }) => [name, family.name]))});

/**
 * One broken rule of the model's schema.
 */
export interface Violation {
  /** The field's name; the first one when the rule is about several. */
  field: string;
  /** The JSON Schema keyword, or \`refused\` (the model does not take the field), \`size\`, \`conflict\` (with another field). */
  keyword: string;
  /** The values that would pass. */
  allowed?: readonly (string | number)[];
  /** The number that was crossed. */
  limit?: number;
  message: string;
}

/**
 * Checks the text fields of a form, as they came, against the schema of their model's family. Unknown models are held
 * to the limits common to all; fields that the spec does not name pass.
 *
 * @param files the names of the file parts: what matters here is that they came
 */
export function findViolations(
  model: string | undefined,
  fields: Readonly<Record<string, string>>,
  files: readonly string[] = [],
): Violation[] {
  const family = familyOfModel.get(model) ?? familyOfModel.get(model?.replace(snapshotPattern, "")) ?? fallback;
  const values = Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, readValue(name, text)]));
  for (const name of files) values[name] = "a file";
  const validate = validators[family];
  const violations = validate(values) ? [] : validate.errors.map((error) => toViolation(error, conflicts[family]));
  const rule = sizeRules[family];
  const seen = violations.some((violation) => violation.field === "size");
  if (rule && !seen && fields.size !== undefined && !fitsSize(fields.size, rule)) {
    violations.push({ field: "size", keyword: "size", message: "must be auto, or WIDTHxHEIGHT with both divisible by " + rule.multipleOf + ", a ratio of at most " + rule.maxRatio + ":1, edges of at most " + rule.maxEdgePx + ", and " + (rule.minPixels ?? 1) + " to " + rule.maxPixels + " pixels" });
  }
  return violations;
}

/**
 * Reads a form's text as the type that the spec gives the field; any other text stays text, and fails.
 */
function readValue(name, text) {
  const type = Object.hasOwn(fieldTypes, name) ? fieldTypes[name] : "string";
  if (type === "integer" && /^-?\\d+$/.test(text)) return Number(text);
  if (type === "number" && /^-?\\d+(\\.\\d+)?$/.test(text)) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

function toViolation({ instancePath, schemaPath, keyword, params, message }, conflicts) {
  if (keyword === "not" && instancePath === "") {
    const [[field], ...others] = Object.entries(conflicts[Number(schemaPath.split("/")[2])]);
    const named = others.map(([name, condition]) => name + describeCondition(condition)).join(" and ");
    return { field, keyword: "conflict", message: "does not go together with " + named };
  }
  if (keyword === "required") return { field: params.missingProperty, keyword, message: "is required" };
  const field = instancePath.slice(1).replaceAll("~1", "/").replaceAll("~0", "~");
  if (keyword === "false schema") return { field, keyword: "refused", message: "is not taken by this model" };
  return {
    field,
    keyword,
    ...(params.allowedValues ? { allowed: params.allowedValues } : {}),
    ...(params.limit === undefined ? {} : { limit: params.limit }),
    message,
  };
}

function describeCondition({ enum: values, minimum, except }) {
  if (except) return " other than " + except.join(" or ");
  return values ? " " + values.join(" or ") : minimum === undefined ? "" : " of " + minimum + " or more";
}

function fitsSize(size, rule) {
  if (size === "auto") return true;
  const [width, height] = size.split("x").map(Number);
  const [short, long] = width < height ? [width, height] : [height, width];
  return width % rule.multipleOf === 0 && height % rule.multipleOf === 0 && long <= rule.maxEdgePx && long <= rule.maxRatio * short && width * height <= rule.maxPixels && width * height >= (rule.minPixels ?? 1);
}
`;
}
