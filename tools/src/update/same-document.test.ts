import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { isObject, objectAt } from "../json.ts";
import { readQuotes } from "../quotes/read-quotes.ts";
import type { Json } from "../spec-types.ts";
import {
  type ChangedDocument,
  changeVendor,
  current,
  openVendor,
  replaceInVendor,
  report,
  vendorText,
} from "./changed-document.ts";

const { document } = openVendor();

/** Reverses the keys of every object. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, child]) => [key, reversed(child)]),
  );
}

const fieldNames = current.spec.fields.map(({ name }) => name).sort();
const quotes = readQuotes(current.spec.document).length;

/** Moves a value into `components` and leaves a reference. */
function moveToComponent(
  vendor: ChangedDocument,
  owner: Json,
  key: string,
  kind: string,
  name: string,
): void {
  const components = objectAt(vendor.document, "components");
  components[kind] = { ...objectAt(components, kind), [name]: objectAt(owner)[key] ?? null };
  objectAt(owner)[key] = { $ref: `#/components/${kind}/${name}` };
}

const formMedia = (vendor: ChangedDocument) =>
  objectAt(vendor.operation, "requestBody", "content", "multipart/form-data");

describe("a document that says the same", () => {
  it.each([
    ["JSON", JSON.stringify(document)],
    ["indented JSON", JSON.stringify(document, null, 4)],
    ["another order of keys", JSON.stringify(reversed(document))],
    [
      "other quotes",
      stringify(document, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "QUOTE_SINGLE" }),
    ],
    ["flow style", stringify(document, { collectionStyle: "flow" })],
    ["comments", vendorText.replaceAll(/^paths:/gm, "# The paths\npaths: # all of them")],
    ["CRLF", vendorText.replaceAll("\n", "\r\n")],
    ["an alias", replaceInVendor(['title: ""\n  description: ""', 'title: &none ""\n  description: *none'])],
  ])("has no difference in %s", (_title, text) => {
    const made = report(text);
    expect(made).toMatchObject({ differences: [], misfits: [], changes: [], level: "none", isUsable: true });
  });

  it.each<[string, (vendor: ChangedDocument) => void]>([
    ["the form in a component", (v) => moveToComponent(v, formMedia(v), "schema", "schemas", "EditForm")],
    [
      "the form in a component of our name",
      (v) => moveToComponent(v, formMedia(v), "schema", "schemas", "EditFields"),
    ],
    [
      "the request body in a component",
      (v) => moveToComponent(v, v.operation, "requestBody", "requestBodies", "Edit"),
    ],
    ["a field in a component", (v) => moveToComponent(v, v.properties, "size", "schemas", "Size")],
    [
      "the response in a component",
      (v) => moveToComponent(v, objectAt(v.operation, "responses"), "200", "responses", "Ok"),
    ],
    [
      "the response's schema in a component",
      (v) =>
        moveToComponent(
          v,
          objectAt(v.operation, "responses", "200", "content", "application/json"),
          "schema",
          "schemas",
          "KnownModel",
        ),
    ],
    [
      "the form as an allOf of two",
      (v) => {
        const { image, mask, ...rest } = v.properties;
        formMedia(v)["schema"] = {
          allOf: [
            { type: "object", properties: { image: image ?? null, mask: mask ?? null }, required: ["image"] },
            { type: "object", properties: rest, required: ["prompt"], example: v.form["example"] ?? null },
          ],
        };
      },
    ],
    [
      "parameters of the path",
      (v) => {
        const item = objectAt(v.document, "paths", "/v1/images/edits");
        item["parameters"] = v.operation["parameters"] ?? [];
        delete v.operation["parameters"];
      },
    ],
    ["the editor's marks gone", (v) => void delete v.operation["x-apifox-status"]],
    [
      "image as a list",
      (v) => {
        const { description = "" } = v.field("image");
        v.properties["image"] = { type: "array", items: { type: "string", format: "binary" }, description };
      },
    ],
  ])("loses no field and no quote with %s", (_title, change) => {
    const made = report(changeVendor(change));
    expect(made).toMatchObject({ misfits: [], changes: [], level: "none", isUsable: true });
    expect(made.differences.length).toBeGreaterThan(0);
    expect(made.spec.fields.map(({ name }) => name).sort()).toEqual(fieldNames);
    expect(readQuotes(made.spec.document)).toHaveLength(quotes);
  });
});

describe("a broken document", () => {
  it("is refused at whatever line it is cut, with the reason for almost all of them", () => {
    const lines = vendorText.split("\n");
    let early = 0;
    for (let kept = 1; kept < lines.length - 2; kept += 1) {
      try {
        expect(report(`${lines.slice(0, kept).join("\n")}\n`).isUsable).toBe(false);
      } catch (error) {
        if (String(error).includes("ends early")) early += 1;
      }
    }
    expect(early).toBeGreaterThan(lines.length - 8);
  });

  it("is never accepted when it is cut inside of a line, in YAML and in JSON", () => {
    const json = JSON.stringify(document);
    fc.assert(
      fc.property(
        fc.constantFrom(vendorText, json),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (text, share) => {
          const cut = text.slice(0, Math.floor(text.trimEnd().length * share));
          let reason = "";
          try {
            if (report(cut).isUsable) reason = "accepted";
          } catch (error) {
            reason = String(error);
          }
          expect(reason).not.toBe("accepted");
          if (text === json && cut !== "") expect(reason).toContain("ends early");
        },
      ),
      { numRuns: 120 },
    );
  });

  it("is refused by us for merge keys, references to other documents and references that lead nowhere", () => {
    const merged = replaceInVendor([
      "                mask:\n",
      "                mask:\n                  <<: { nullable: false }\n",
    ]);
    const withSize = (size: Json) =>
      report(
        changeVendor((v) => {
          v.properties["size"] = size;
        }),
      );
    const found = [
      report(merged),
      withSize({ $ref: "https://x.dev/spec.yaml#/Size" }),
      withSize({ $ref: "./size.yaml" }),
      withSize({ $ref: "#/components/schemas/Nowhere" }),
    ];
    expect(found.map(({ isUsable }) => isUsable)).toEqual([false, false, false, false]);
    const texts = found.map(({ misfits }) => misfits.map(({ path, text }) => `${path}: ${text}`).join("\n"));
    expect(texts[0]).toMatch(/properties\.mask\['<<'\]: YAML 1.2 has no merge keys/);
    expect(texts[1]).toMatch(
      /properties\.size\['?\.?\$ref.*`https:\/\/x.dev\/spec.yaml#\/Size` is outside this document/,
    );
    expect(texts[2]).toContain("`./size.yaml` is outside this document");
    expect(texts[3]).toContain("`#/components/schemas/Nowhere` leads nowhere");
  });
});
