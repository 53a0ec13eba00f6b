import { fileURLToPath } from "node:url";
import { printPath } from "../document/json-path.ts";
import { arrayAt, objectAt, stringAt } from "../json.ts";
import type { Json } from "../spec-types.ts";
import { RedoclyError, runRedocly } from "./run-redocly.ts";

const lintRules = fileURLToPath(new URL("../../../redocly.yaml", import.meta.url));

/** The overlay copies two schemas of the vendor: their problems are the vendor's. */
const copied = [
  ["EditFields", ["requestBody", "content", "multipart/form-data", "schema"]],
  ["VendorChatCompletion", ["responses", "200", "content", "application/json", "schema"]],
] as const;

/**
 * Lints a built spec with redocly.
 *
 * @throws Error that lists every problem with its path in the vendor's document, or in the spec where the overlay made it.
 */
export async function lintSpec(directory: string, operationPath: string): Promise<void> {
  let problems: Json[];
  try {
    await runRedocly(directory, "lint", "openapi.yaml", "--config", lintRules, "--format", "json");
    return;
  } catch (error) {
    if (!(error instanceof RedoclyError)) throw error;
    problems = readProblems(error);
  }
  const lines = problems.map((problem) => {
    const pointer = stringAt(objectAt(arrayAt(problem, "location")[0]), "pointer") ?? "#/";
    return `- ${placeOf(pointer, operationPath)}: ${stringAt(problem, "message")} (${stringAt(problem, "ruleId")})`;
  });
  throw new Error(`The spec breaks rules of redocly:\n${[...new Set(lines)].join("\n")}`);
}

function readProblems(error: RedoclyError): Json[] {
  try {
    return arrayAt(JSON.parse(error.stdout) as Json, "problems");
  } catch {
    throw error; // redocly itself failed, and its messages say why
  }
}

function placeOf(pointer: string, operationPath: string): string {
  const keys = pointer
    .replace(/^#?\//, "")
    .split("/")
    .filter((key) => key !== "")
    .map((key) => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~"));
  const [components, schemas, name] = keys;
  const source =
    components === "components" && schemas === "schemas" ? copied.find(([copy]) => copy === name) : undefined;
  const path = source ? ["paths", operationPath, "post", ...source[1], ...keys.slice(3)] : keys;
  return `${printPath(path)}${source || path[0] !== "components" ? " of the vendor's document" : " of the spec"}`;
}
