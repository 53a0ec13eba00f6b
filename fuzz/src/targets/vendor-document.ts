import { isDeepStrictEqual } from "node:util";
import { endsEarly } from "../../../tools/src/document/ends-early.ts";
import { fencedBlocks, findBlock } from "../../../tools/src/document/find-block.ts";
import { parseObject } from "../../../tools/src/document/parse-object.ts";
import { prepareVendor } from "../../../tools/src/document/prepare-vendor.ts";
import type { JsonObject } from "../../../tools/src/spec-types.ts";
import { check, type Target } from "../engine/target.ts";

const path = "/v1/images/edits";
const yaml = `openapi: 3.0.1
paths:
  ${path}:
    parameters: [{name: a, in: query}]
    post:
      security: [{key: []}]
      requestBody:
        content:
          multipart/form-data:
            schema: {$ref: "#/components/schemas/Edit"}
components:
  schemas:
    Edit:
      allOf: [{$ref: "#/components/schemas/Base"}, {properties: {prompt: {type: string}}}]
    Base: {properties: {image: {type: string}, more: {$ref: "#/components/schemas/Base"}}}
`;

export const target: Target = {
  name: "vendor-document",
  covers: [
    "tools/src/document/find-block.ts",
    "tools/src/document/parse-object.ts",
    "tools/src/document/prepare-vendor.ts",
    "tools/src/document/expand-references.ts",
    "tools/src/document/find-operation.ts",
    "tools/src/document/ends-early.ts",
  ],
  seeds: [
    yaml,
    `# Edit\n\n- \`\`\`yaml\n${yaml.replaceAll(/^(?=.)/gm, "  ")}  \`\`\`\n> ~~~\n> a\n> ~~~\n`,
    JSON.stringify({
      openapi: "3.1.0",
      servers: [{ url: "https://x.test" }],
      paths: {
        "/images/edits": {
          post: {
            requestBody: {
              content: { "multipart/form-data": { schema: { properties: { image: {}, prompt: {} } } } },
            },
          },
        },
      },
    }),
    '{"openapi":"3","openapi":"3","paths":{}}',
    "a: &a [1, *a]",
    "openapi: 3.0.1\n---\nb: 1",
  ],
  dictionary: [
    "openapi: 3.0.1",
    "paths:",
    path,
    "post:",
    "$ref",
    "#/components/schemas/Base",
    "allOf",
    "properties",
    "required",
    "```yaml\n",
    "~~~\n",
    "> ",
    "- ",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "<<: ",
    "__proto__",
    "%",
    "~1",
    ".inf",
    "---\n",
  ],
  maxBytes: 8192,
  maxSteps: { fixed: 200_000, perByte: 2000 },
  run(input) {
    const text = Buffer.from(input).toString("utf8");
    fencedBlocks(text);
    let document: JsonObject;
    try {
      const block = findBlock(text, path);
      document = parseObject(block, "The document");
      const prepared = prepareVendor(document, path, ["Edit"]);
      check(Object.keys(prepared.document["paths"] as JsonObject).length === 1, "only our operation is left");
      for (const problem of prepared.problems)
        check(problem.path.length > 0 && problem.text.length > 0, "a problem has a path and a text");
      check(
        isDeepStrictEqual(parseObject(JSON.stringify(document), "It"), document),
        "a document is read the same as JSON",
      );
      check(!endsEarly(document, document, `${text}\n`), "a complete document does not end early");
    } catch (error) {
      // Only these are for people; others are faults of ours.
      if (!(error instanceof Error) || error.constructor !== Error) throw error;
    }
  },
};
