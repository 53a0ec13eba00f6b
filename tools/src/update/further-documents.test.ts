import { describe, expect, it } from "vitest";
import { arrayAt, objectAt } from "../json.ts";
import type { JsonObject } from "../spec-types.ts";
import { type ChangedDocument, changeVendor, current, openai, report } from "./changed-document.ts";
import type { DifferenceLevel } from "./difference.ts";

/** A change of a document, and what the report must say of it. */
type Row = readonly [
  title: string,
  change: (vendor: ChangedDocument) => void,
  result: "accepted" | "refused",
  level: DifferenceLevel,
  path: string,
  text: string,
];

const append = (vendor: ChangedDocument, field: string, sentence: string) => {
  const schema = vendor.field(field);
  schema["description"] = `${String(schema["description"]).trim()} ${sentence}`;
};
const schemaOf = ({ document }: ChangedDocument, name: string): JsonObject =>
  objectAt(document, "components", "schemas", name);
const formOf = ({ operation }: ChangedDocument): JsonObject =>
  objectAt(operation, "requestBody", "content", "multipart/form-data");
const pathItem = ({ document }: ChangedDocument, path: string): JsonObject =>
  objectAt(document, "paths", path);

// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
const chainhub: Row[] = [
  ["a number in letters", (v) => append(v, "n", "A request gets fifteen."), "refused", "major", "properties.n.description", "now fifteen"],
  ["a word that takes the field away", (v) => append(v, "mask", "The service ignores it."), "refused", "major", "properties.mask.description", "now ignores"],
  ["a word that makes a field mandatory", (v) => append(v, "size", "This is mandatory."), "refused", "major", "properties.size.description", "now mandatory"],
  ["a sentence in another script", (v) => append(v, "mask", "\u4e0d\u652f\u6301"), "refused", "major", "properties.mask.description", "\u4e0d\u652f\u6301"],
  ["digits of another script", (v) => append(v, "n", "At most \u0665."), "refused", "major", "properties.n.description", "\u0665"],
  ["a fact in the description of the form", (v) => { v.form["description"] = "At most 50 MB in all."; }, "refused", "major", "schema.description", "now most, 50, MB"],
  ["a fact in the title of a field", (v) => { v.field("size")["title"] = "Size (up to 2048)"; }, "refused", "major", "properties.size.title", "now 2048"],
  ["a fact beside the operation", (v) => { pathItem(v, "/v1/images/edits")["description"] = "Limit: 5 a minute."; }, "refused", "major", "$.paths['/v1/images/edits'].description", "now 5"],
  ["an extension beside the operation", (v) => { pathItem(v, "/v1/images/edits")["x-rate-limit"] = 5; }, "refused", "major", "$.paths['/v1/images/edits']['x-rate-limit']", "No rule says"],
  ["an extension among the components", (v) => { objectAt(v.document, "components")["x-limits"] = { images: 4 }; }, "refused", "major", "$.components['x-limits']", "No rule says"],
  ["a fact in the text of a tag", (v) => { v.document["tags"] = [{ name: "Painting Models / GPT Image Series", description: "At most 5 a minute." }]; }, "refused", "major", "$.tags", "now most, 5"],
  ["a fact in the text of a server", (v) => { objectAt(arrayAt(v.document, "servers")[0])["description"] = "Closed from 2027 on."; }, "refused", "major", "$.servers[0].description", "now 2027"],
  ["a fact in the text of the key's scheme", (v) => { objectAt(v.document, "components", "securitySchemes", "bearer")["description"] = "At most 2 keys."; }, "refused", "major", "securitySchemes.bearer.description", "now most, 2"],
  ["a fact in the title of the document", (v) => { objectAt(v.document, "info")["title"] = "Retired on 2027-01-01"; }, "refused", "major", "$.info.title", "2027-01-01"],
  ["values in a mark of the editor", (v) => { v.field("quality")["x-apifox-enum"] = [{ value: "ultra", name: "", description: "" }]; }, "refused", "major", "properties.quality['x-apifox-enum']", "No rule says"],
  ["an override in a mark of the editor", (v) => { v.form["x-apifox-overrides"] = { size: null }; }, "refused", "major", "schema['x-apifox-overrides']", "No rule says"],
  ["an example of an unknown model", (v) => { v.field("model")["example"] = "gpt-image-9"; }, "refused", "minor", "properties.model.example", "a model that nothing else names"],
  ["an example of a known model", (v) => { v.field("model")["example"] = "gpt-image-2"; }, "accepted", "none", "properties.model.example", "limits nothing"],
  ["a default that is an unknown model", (v) => { v.field("model")["default"] = "gpt-image-9"; }, "refused", "minor", "properties.model.default", "a model that nothing else names"],
  ["an unknown model in the example of the form", (v) => { objectAt(formOf(v)["example"])["model"] = "gpt-image-9"; }, "refused", "minor", "example.model", "a model that nothing else names"],
  ["an unknown value in a named example of the form", (v) => { delete formOf(v)["example"]; formOf(v)["examples"] = { one: { value: { quality: "ultra" } } }; }, "refused", "minor", "examples", "a value that no model accepts"],
  ["a dated snapshot of a known model", (v) => { const model = v.field("model"); model["description"] = String(model["description"]).replace("gpt-image-1-all,", "gpt-image-1-all, gpt-image-2-2026-12-24,"); }, "accepted", "minor", "properties.model.description", "Added the model `gpt-image-2-2026-12-24`"],
  ["text of base64 in place of a file", (v) => { v.field("mask")["format"] = "byte"; }, "refused", "major", "properties.mask.format", "No rule says"],
  ["an image that is not binary any more", (v) => { delete v.field("image")["format"]; }, "refused", "major", "properties.image.format", "no longer binary"],
  ["a limit in the text of a list's items", (v) => { v.properties["image"] = { type: "array", description: v.field("image")["description"] ?? "", items: { type: "string", format: "binary", description: "At most 5 MB." } }; }, "refused", "major", "properties.image.items", "now most, 5, MB"],
  ["a key that needs a scope", (v) => { v.document["security"] = [{ bearer: ["images.write"] }]; }, "accepted", "major", "$.security", "with the scopes images.write"],
  ["a scheme in capitals with a format", (v) => { Object.assign(objectAt(v.document, "components", "securitySchemes", "bearer"), { scheme: "Bearer", bearerFormat: "JWT" }); }, "accepted", "none", "securitySchemes.bearer", "goes where it went"],
  ["an operation that replaces ours at another path", (v) => { const paths = objectAt(v.document, "paths"); paths["/v2/images/edits"] = paths["/v1/images/edits"] ?? null; delete paths["/v1/images/edits"]; }, "refused", "major", "$.paths", "moved from /v1/images/edits to /v2/images/edits"],
  ["a fact in the text of the ignored key header", (v) => { objectAt(arrayAt(v.operation, "parameters")[1])["description"] = "Keys end after 30 days."; }, "refused", "major", "parameters[1].description", "now 30, days"],
  ["a fact in the text of a response header", (v) => { objectAt(v.operation, "responses", "200")["headers"] = { "x-left": { description: "", schema: { type: "integer" } } }; }, "accepted", "minor", "headers['x-left']", "response header `x-left`"],
];

const listModels = (vendor: ChangedDocument): JsonObject => objectAt(pathItem(vendor, "/models"), "get");

// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
const others: Row[] = [
  ["a patch of OpenAPI 3.1", (v) => { v.document["openapi"] = "3.1.1"; }, "accepted", "none", "$.openapi", "3.1.1 instead of 3.1.0"],
  ["OpenAPI 3.2", (v) => { v.document["openapi"] = "3.2.0"; }, "refused", "major", "$.openapi", "3.2.0"],
  ["a model less in a component", (v) => { const list = schemaOf(v, "ImageModel"); list["enum"] = arrayAt(list, "enum").filter((name) => name !== "gpt-image-1-mini"); }, "accepted", "major", "properties.model.anyOf", "no longer lists `gpt-image-1-mini`"],
  ["a model more in a component", (v) => { arrayAt(schemaOf(v, "ImageModel"), "enum").push("gpt-image-3"); }, "accepted", "minor", "properties.model.anyOf", "Added the model `gpt-image-3`"],
  ["another default model", (v) => { v.field("model")["default"] = "gpt-image-2"; }, "accepted", "major", "properties.model.default", "from \"gpt-image-1.5\" to \"gpt-image-2\""],
  ["fewer images in an alternative", (v) => { objectAt(arrayAt(v.field("image"), "anyOf")[1])["maxItems"] = 8; }, "refused", "major", "properties.image.anyOf[1].maxItems", "No rule says"],
  ["a size more in an alternative", (v) => { arrayAt(objectAt(arrayAt(v.field("size"), "anyOf")[1]), "enum").push("2048x2048"); }, "refused", "major", "properties.size.anyOf[1].enum", "No rule says"],
  ["a field that cannot be null any more", (v) => { delete v.field("background")["nullable"]; }, "refused", "major", "properties.background.nullable", "No rule says"],
  ["a value less in a nested member", (v) => { objectAt(v.field("svg"), "properties", "reasoning", "properties", "effort")["enum"] = ["low", "high"]; }, "refused", "major", "properties.svg.properties.reasoning", "No rule says"],
  ["a new member of an object", (v) => { objectAt(v.field("svg"), "properties")["palette"] = { type: "string" }; }, "refused", "major", "properties.svg.properties.palette", "No rule says"],
  ["no JSON any more", (v) => { delete objectAt(v.operation, "requestBody", "content")["application/json"]; }, "accepted", "major", "content['application/json']", "no longer takes application/json"],
  ["a required member of the JSON body", (v) => { arrayAt(schemaOf(v, "EditImageBodyJsonParam"), "required").push("model"); }, "accepted", "major", "content['application/json'].schema.required", "required \"model\" is new"],
  ["a new member of the JSON body", (v) => { objectAt(schemaOf(v, "EditImageBodyJsonParam"), "properties")["seed"] = { type: "integer" }; }, "accepted", "minor", "content['application/json'].schema.properties.seed", "properties.seed is new"],
  ["a member of the JSON body less", (v) => { delete objectAt(schemaOf(v, "EditImageBodyJsonParam"), "properties")["moderation"]; }, "accepted", "major", "content['application/json'].schema.properties.moderation", "is gone"],
  ["images without base64", (v) => { delete objectAt(schemaOf(v, "Image"), "properties")["b64_json"]; }, "refused", "major", "schema", "no longer a list `data[]` of images"],
  ["images without a URL", (v) => { delete objectAt(schemaOf(v, "Image"), "properties")["url"]; }, "accepted", "major", "properties.url", "no longer has `url`"],
  ["no events any more", (v) => { delete objectAt(v.operation, "responses", "200", "content")["text/event-stream"]; }, "refused", "major", "content['text/event-stream']", "no longer text/event-stream"],
  ["an event more", (v) => { arrayAt(schemaOf(v, "ImageEditStreamEvent"), "anyOf").push({ type: "object", properties: { type: { type: "string", enum: ["image_edit.queued"] } } }); }, "refused", "minor", "text/event-stream", "may have another shape"],
  ["an extension with many members", (v) => { v.document["x-oaiMeta"] = { groups: [{ id: "a" }, { id: "b" }] }; }, "refused", "major", "$['x-oaiMeta']", "No rule says"],
  ["an operation less", (v) => { delete objectAt(v.document, "paths")["/models"]; }, "accepted", "major", "$.paths['/models']", "Removed the types of GET /models"],
  ["a method less", (v) => { delete pathItem(v, "/models/{model}")["delete"]; }, "accepted", "major", "$.paths['/models/{model}'].delete", "Removed the types of DELETE /models/{model}"],
  ["a method more at our path", (v) => { pathItem(v, "/images/edits")["get"] = { responses: { "200": { description: "" } } }; }, "accepted", "minor", "$.paths['/images/edits'].get", "Added the types of GET /images/edits"],
  ["a required parameter of another operation", (v) => { listModels(v)["parameters"] = [{ name: "after", in: "query", required: true, schema: { type: "string" } }]; }, "accepted", "major", "$.paths['/models'].get.parameters", "parameters"],
  ["an optional parameter of another operation", (v) => { listModels(v)["parameters"] = [{ name: "after", in: "query", schema: { type: "string" } }]; }, "accepted", "minor", "$.paths['/models'].get.parameters", "is new"],
  ["a member of another response less", (v) => { delete objectAt(schemaOf(v, "Model"), "properties")["owned_by"]; }, "accepted", "major", "$.components.schemas.Model.properties.owned_by", "the component Model"],
  ["a member of another response that may be missing", (v) => { schemaOf(v, "Model")["required"] = ["id", "object", "created"]; }, "accepted", "major", "$.components.schemas.Model.required", "required \"owned_by\" is gone"],
  ["another type in another response", (v) => { objectAt(schemaOf(v, "DeleteModelResponse"), "properties", "deleted")["type"] = "string"; }, "accepted", "major", "$.components.schemas.DeleteModelResponse.properties.deleted.type", "is changed"],
  ["another text of another operation", (v) => { listModels(v)["summary"] = "Lists at most 20 models."; }, "accepted", "none", "$.paths['/models'].get.summary", "Not in a type"],
  ["a property named like a text", (v) => { objectAt(schemaOf(v, "Model"), "properties")["description"] = { type: "string" }; }, "accepted", "minor", "$.components.schemas.Model.properties.description", "is new"],
  ["a property named like a text less", (v) => { const members = objectAt(schemaOf(v, "DeleteModelResponse"), "properties"); members["default"] = members["deleted"] ?? null; delete members["deleted"]; }, "accepted", "major", "properties.deleted", "is gone"],
  ["a component that others use, gone", (v) => { delete objectAt(v.document, "components", "schemas")["DeleteModelResponse"]; }, "accepted", "major", "$.components.schemas.DeleteModelResponse", "which is gone"],
  ["another operation that is deprecated", (v) => { listModels(v)["deprecated"] = true; }, "accepted", "minor", "$.paths['/models'].get.deprecated", "Deprecated: GET /models"],
  ["another address of the version", (v) => { objectAt(arrayAt(v.document, "servers")[0])["url"] = "https://api.openai.com/v2"; }, "accepted", "major", "$.servers", "moved from https://api.openai.com/v1"],
];

const rows = [
  ...chainhub.map((row) => ["ChainHub", current, ...row] as const),
  ...others.map((row) => ["OpenAI", openai, ...row] as const),
];

describe("a further change of a vendor's document", () => {
  it.each(rows)("%s: $2", (_vendor, from, _title, change, result, level, path, text) => {
    const made = report(changeVendor(change, from), [], undefined, from);
    const seen = [...made.differences, ...made.misfits];
    const said = seen.filter((one) => one.path.includes(path)).map((one) => one.text);
    expect(said.join("\n")).toContain(text);
    expect([made.isUsable ? "accepted" : "refused", made.level]).toEqual([result, level]);
  });

  it("gives a dated snapshot the limits of its model", () => {
    const made = report(changeVendor((vendor) => append(vendor, "model", "Also gpt-image-2-2026-12-24.")));
    const snapshot = made.spec.models.find(({ name }) => name === "gpt-image-2-2026-12-24");
    expect(snapshot).toMatchObject({ snapshotOf: "gpt-image-2", family: { name: "GptImage2Edit" } });
  });

  it("counts an extension once, whatever it holds", () => {
    const { differences } = report(
      changeVendor(({ document }) => {
        document["x-oaiMeta"] = { groups: [{ id: "a" }, { id: "b" }] };
      }),
    );
    expect(differences.map(({ path }) => path)).toEqual(["$['x-oaiMeta']"]);
  });

  it("is none when nothing changes", () => {
    for (const from of [current, openai]) {
      const { differences, misfits, level } = report(
        changeVendor(() => {}, from),
        [],
        undefined,
        from,
      );
      expect({ differences, misfits, level }).toEqual({ differences: [], misfits: [], level: "none" });
    }
  });
});
