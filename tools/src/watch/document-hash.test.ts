import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { vendorFile } from "../generate/scratch-spec.ts";
import { documentHash } from "./document-hash.ts";

const path = "/v1/images/edits";
const text = readFileSync(join(import.meta.dirname, "../../..", vendorFile), "utf8");
const hash = documentHash(text, path);

describe(documentHash, () => {
  it.each([
    ["JSON", JSON.stringify(parse(text))],
    ["CRLF", text.replaceAll("\n", "\r\n")],
    ["another order of keys", stringify(Object.fromEntries(Object.entries(parse(text) as object).reverse()))],
    ["a comment", `# Exported today\n${text}`],
    ["a page around it", `# Edits\n\nExported today\n\n~~~yaml\n${text}~~~\n`],
  ])("does not change with %s", (_title, same) => {
    expect(documentHash(same, path)).toBe(hash);
  });

  it("changes with a value, and with the order of a list", () => {
    expect(hash).toMatch(/^[\da-f]{12}$/);
    expect(documentHash(text.replace("between 1 and 10", "between 1 and 11"), path)).not.toBe(hash);
    expect(documentHash("a: [1, 2]\n", path)).not.toBe(documentHash("a: [2, 1]\n", path));
  });

  it("hashes what is not a document as it is", () => {
    expect(documentHash("a: [", path)).not.toBe(documentHash("a: {", path));
  });
});
