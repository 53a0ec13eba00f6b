import { describe, expect, it } from "vitest";
import { findOperation } from "./find-operation.ts";
import { parseObject } from "./parse-object.ts";
import { wholeDocument } from "./whole-document.ts";

const spec = parseObject(
  `
paths:
  /edits: { post: { operationId: edit } }
components:
  schemas: { Edit: { type: string } }
`,
  "spec",
);

const whole = (text: string) => wholeDocument(spec, parseObject(text, "document"));

describe(wholeDocument, () => {
  it("keeps our operation and adds the others, with what they need and the path's parameters", () => {
    const { document, notes } = whole(`
paths:
  /edits: { post: { operationId: other }, get: { operationId: edit } }
  /b:
    parameters: [{ $ref: '#/components/parameters/Page' }]
    get: { operationId: b, responses: { '200': { $ref: '#/components/responses/B' } } }
components:
  parameters: { Page: { name: page, in: query } }
  responses: { B: { description: B. } }
  schemas: { Unused: {} }
`);
    expect(notes).toEqual([]);
    expect(document).toEqual({
      paths: {
        "/edits": { post: { operationId: "edit" }, get: {} },
        "/b": {
          get: {
            operationId: "b",
            parameters: [{ $ref: "#/components/parameters/Page" }],
            responses: { "200": { $ref: "#/components/responses/B" } },
          },
        },
      },
      components: {
        schemas: { Edit: { type: "string" } },
        parameters: { Page: { name: "page", in: "query" } },
        responses: { B: { description: "B." } },
      },
    });
    expect(spec).not.toHaveProperty("components.parameters");
  });

  it("renames a component with the name of one of ours, also in a discriminator, and keeps what contains itself", () => {
    const { document } = whole(`
paths:
  /b: { get: { x: { $ref: '#/components/schemas/Edit' } } }
components:
  schemas:
    Edit:
      properties: { next: { $ref: '#/components/schemas/Edit' } }
      discriminator: { propertyName: a, mapping: { a: '#/components/schemas/Edit' } }
`);
    const ref = "#/components/schemas/VendorEdit";
    expect(document).toMatchObject({
      paths: { "/b": { get: { x: { $ref: ref } } } },
      components: {
        schemas: {
          Edit: { type: "string" },
          VendorEdit: {
            properties: { next: { $ref: ref } },
            discriminator: { propertyName: "a", mapping: { a: ref } },
          },
        },
      },
    });
  });

  it("leaves out an operation whose reference leads nowhere, and says so", () => {
    const { document, notes } = whole(`
paths:
  /b: { get: { x: { $ref: '#/components/schemas/Gone' } }, put: {} }
  /c: { $ref: '#/paths/~1gone' }
  /d: { get: { x: { $ref: '#/components/schemas/Broken' } } }
  /e: { get: { x: { $ref: '#/components/schemas/Broken' } } }
components:
  schemas: { Broken: { $ref: '#/components/schemas/Gone' } }
`);
    expect(Object.keys(document["paths"] ?? {})).toEqual(["/edits", "/b"]);
    expect(document).toMatchObject({ paths: { "/b": { put: {} } } });
    expect(notes).toEqual(
      ["/b", "/d", "/e"].map(
        (path) => `GET ${path} has no types: its reference #/components/schemas/Gone leads nowhere.`,
      ),
    );
  });
});

describe(findOperation, () => {
  const find = (...paths: string[]) =>
    findOperation({ paths: Object.fromEntries(paths.map((path) => [path, { post: {} }])) }, "/v1/edits")
      ?.path;

  it("takes the path, else the only one that ends likewise", () => {
    expect(find("/v2/edits", "/v1/edits", "/v3/edits")).toBe("/v1/edits");
    expect(find("/v2/edits", "/v1/models")).toBe("/v2/edits");
  });

  it("refuses several that are equally likely", () => {
    expect(() => find("/v2/edits", "/beta/edits")).toThrow("POST /v2/edits, POST /beta/edits");
  });
});
