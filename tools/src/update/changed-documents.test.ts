import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { objectAt } from "../json.ts";
import { readQuotes } from "../quotes/read-quotes.ts";
import type { Json, JsonObject } from "../spec-types.ts";
import {
  type ChangedDocument,
  changeVendor,
  followAdvice,
  type Reported,
  replaceInVendor,
  report,
} from "./changed-document.ts";
import type { DifferenceLevel } from "./difference.ts";
import { printMisfits } from "./print-report.ts";

/** A changed document, and what the report must say of it. */
type Row = readonly [
  title: string,
  document: string | ((vendor: ChangedDocument) => void),
  result: "accepted" | "refused",
  level: DifferenceLevel,
  /** Part of the path of the difference that matters. */
  path: string,
  /** What the report says. */
  text: string | RegExp,
];

const said = (from: string, to: string): string => replaceInVendor([from, to]);

const listed = (vendor: ChangedDocument, name: string, values: Json[]) => {
  vendor.field(name)["enum"] = values;
};

// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
const prose: Row[] = [
  ["a raised number of images", said("between 1 and 10", "between 1 and 20"), "refused", "minor", "properties.n.", "`maximum` of `n` from 10 to 20"],
  ["a lowered number of images", said("between 1 and 10", "between 1 and 4"), "refused", "major", "properties.n.", "`maximum` of `n` from 10 to 4"],
  ["a raised minimum", said("between 1 and 10", "between 2 and 10"), "refused", "major", "properties.n.", "`minimum` of `n` from 1 to 2"],
  ["a raised size of images", said("smaller than 25MB", "smaller than 50MB"), "refused", "minor", "properties.image.", "`belowBytes` of `image` from 26214400 to 52428800"],
  ["a lowered size of images", said("smaller than 25MB", "smaller than 20 MB"), "refused", "major", "properties.image.", "`belowBytes` of `image` from 26214400 to 20971520"],
  ["a lowered size for dall-e-2", said("smaller than 4MB", "smaller than 2MB"), "refused", "major", "properties.image.", "from 4194304 to 2097152"],
  ["a raised size of masks", said("less than 4MB", "less than 8MB"), "refused", "minor", "properties.mask.", "`belowBytes` of `mask` from 4194304 to 8388608"],
  ["another format of masks", said("valid PNG file", "valid WebP file"), "refused", "major", "properties.mask.", "from image/png to image/webp"],
  ["one format less", said("a png, webp, or jpg file", "a png or jpg file"), "refused", "major", "properties.image.", "narrowed `mediaTypes`"],
  ["one format more", said("a png, webp, or jpg file", "a png, webp, avif, or jpg file"), "refused", "minor", "properties.image.", "widened `mediaTypes`"],
  ["a raised length of prompts", said("gpt-image-1 is 32000", "gpt-image-1 is 64,000"), "refused", "minor", "properties.prompt.", "`maxLength` of `prompt` from 32000 to 64000"],
  ["a lowered length of prompts", said("dall-e-2 is 1000", "dall-e-2 is 500"), "refused", "major", "properties.prompt.", "`maxLength` of `prompt` from 1000 to 500"],
  ["a shorter life of URLs", said("valid for 60 minutes", "valid for 30 minutes"), "refused", "major", "properties.response_format.", "from 3600 to 1800"],
  ["a longer life of URLs", said("valid for 60 minutes", "valid for 24 hours"), "refused", "minor", "properties.response_format.", "from 3600 to 86400"],
  ["more images for dall-e-2", said("only provide one image", "only provide two image"), "refused", "minor", "properties.image.", "`maxItems` of `image` from 1 to 2"],
  ["a size that is gone", said("1536x1024 (landscape), 1024x1536", "1024x1536"), "refused", "major", "properties.size.", "narrowed `enum` of `size`"],
  ["a size that is new", said("1536x1024 (landscape),", "1536x1024 (landscape), 2048x2048,"), "refused", "minor", "properties.size.", "widened `enum` of `size`"],
  ["a quality that is gone", said("high, medium, and low quality", "high and low quality"), "refused", "major", "properties.quality.", "narrowed `enum` of `quality`"],
  ["a background that is new", said('"opaque", or "auto"', '"opaque", "blurred", or "auto"'), "refused", "minor", "properties.background.", "widened `enum` of `background`"],
  ["a moderation that is gone", said('"low" for less restrictive filtering, or to "auto" (the default)', '"auto" (the default)'), "refused", "major", "properties.moderation.", "narrowed `enum` of `moderation`"],
  ["a sentence that is gone", said(" The image must be a valid PNG file, less than 4MB, and the same size as the image.", ""), "refused", "major", "properties.mask.", "no longer says"],
  ["a new limit in a sentence of its own", said("between 1 and 10.\n", "between 1 and 10. At most 5 a minute.\n"), "refused", "major", "properties.n.", "may state another fact"],
  ["a negated sentence", said("the model will automatically determine", "the model will not automatically determine"), "refused", "major", "properties.background.", "now not"],
  ["a new quoted value", said("the model will automatically", 'the "smart" model will automatically'), "refused", "major", "properties.background.", '"smart"'],
  ["a model named in another field", said("images generated by gpt-image-1. It", "images generated by gpt-image-2. It"), "refused", "major", "properties.moderation.", "gpt-image-2"],
  ["a digit in the operation's description", said("Completed creation", "Completed creation of 3 images"), "refused", "major", "post.description", "now 3"],
  ["a remark inside of a quoted list", said("1536x1024 (landscape)", "1536x1024 (not gpt-image-2)"), "refused", "major", "properties.size.description", "now not, gpt-image-2"],
  ["another style of a remark", said("1536x1024 (landscape)", "1536x1024 (wide)"), "accepted", "patch", "properties.size.description", "new description of `size`"],
  ["the same number in another style", said("is 32000 characters", "is 32,000 characters"), "accepted", "patch", "properties.prompt.description", "new description of `prompt`"],
  ["a reworded field", said("The required text description", "The necessary text description"), "accepted", "patch", "properties.prompt.description", "new description of `prompt`"],
  ["a reworded operation", said("Completed creation based", "Creation based"), "accepted", "none", "post.description", "other words"],
];

// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
const models: Row[] = [
  ["a model that is new", said("gpt-image-1-all,", "gpt-image-1-all, gpt-image-9,"), "accepted", "minor", "properties.model.", "Added the model `gpt-image-9`"],
  ["a model that is gone", said("gpt-image-1-all, ", ""), "accepted", "major", "properties.model.", "no longer lists `gpt-image-1-all`"],
  ["a model that replaces another", said("flux-kontext-max", "flux-kontext-ultra"), "accepted", "major", "properties.model.", "Added the model `flux-kontext-ultra`"],
  ["models in an enum", (v) => listed(v, "model", ["gpt-image-1", "gpt-image-9"]), "accepted", "minor", "properties.model.enum", "Added the model `gpt-image-9`"],
  ["models in anyOf", (v) => { v.field("model")["anyOf"] = [{ type: "string" }, { type: "string", enum: ["acme-9"] }]; }, "accepted", "minor", "properties.model.anyOf", "Added the model `acme-9`"],
  ["models in mid-sentence", said("Only gpt-image-1, gpt-image-1-all, flux-kontext-pro, flux-kontext-max.", "You can use gpt-image-1, gpt-image-1-all, acme-9, flux-kontext-pro or flux-kontext-max for edits."), "accepted", "minor", "properties.model.", "Added the model `acme-9`"],
  ["models with a sentence after", said("flux-kontext-max.", "flux-kontext-max, acme-9. See the list of models."), "accepted", "minor", "properties.model.", "Added the model `acme-9`"],
  ["a model marked as the default", said("flux-kontext-max.", "flux-kontext-max. The default is gpt-image-1."), "accepted", "patch", "properties.model.", "description of `model`"],
];

// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
const fields: Row[] = [
  ["a new field", (v) => { v.properties["art_style"] = { type: "string" }; }, "accepted", "minor", "properties.art_style", "Added the field `art_style`"],
  ["a new boolean", (v) => { v.properties["upscale"] = { type: "boolean" }; }, "accepted", "minor", "properties.upscale", "Added the field `upscale`"],
  ["a new required field", (v) => { v.properties["style"] = { type: "string" }; v.form["required"] = ["image", "prompt", "style"]; }, "accepted", "major", "properties.style", "Added the field `style`, which servers require"],
  ["a new field of a keyword that nothing reads", (v) => { v.properties["steps"] = { type: "integer", multipleOf: 5 }; }, "refused", "minor", "properties.steps", "multipleOf"],
  ["a new object", (v) => { v.properties["options"] = { type: "object", properties: { a: { type: "string" } } }; }, "refused", "minor", "properties.options", "is an object"],
  ["a new list", (v) => { v.properties["tags"] = { type: "array", items: { type: "string" } }; }, "refused", "minor", "properties.tags", "a list of string"],
  ["a new field of no type that exists", (v) => { v.properties["x"] = { type: "strng" }; }, "refused", "minor", "properties.x", '"strng"'],
  ["a field that is gone", (v) => { delete v.properties["moderation"]; }, "refused", "major", "properties.moderation", "Removed the field `moderation`"],
  ["no image", (v) => { delete v.properties["image"]; }, "refused", "major", "properties.image", "no field `image`"],
  ["no prompt", (v) => { delete v.properties["prompt"]; }, "refused", "major", "properties.prompt", "no field `prompt`"],
  ["a required model", (v) => { v.form["required"] = ["image", "prompt", "model"]; }, "accepted", "major", "schema.required", "Made `model` required"],
  ["an optional prompt", (v) => { v.form["required"] = ["image"]; }, "accepted", "minor", "schema.required", "Made `prompt` optional"],
  ["a boolean quality", (v) => { v.field("quality")["type"] = "boolean"; }, "refused", "major", "properties.quality", "`type: boolean` against the listed"],
  ["an object size", (v) => { v.field("size")["type"] = "object"; }, "refused", "major", "properties.size", "`size` is an object"],
  ["an unknown type", (v) => { v.field("background")["type"] = "color"; }, "refused", "major", "properties.background", '"color"'],
  ["a type of null", (v) => { v.field("background")["type"] = null; }, "refused", "major", "properties.background", "types `background` as null"],
  ["an empty list of values", (v) => listed(v, "background", []), "refused", "major", "properties.background", "is empty"],
  ["limits that cross", (v) => { Object.assign(v.field("n"), { minimum: 9, maximum: 3 }); }, "refused", "major", "properties.n", "least value is above its greatest"],
  ["a default that no model accepts", (v) => { v.field("quality")["default"] = "ultra"; }, "refused", "minor", "properties.quality.default", "no model accepts"],
  ["fewer images in a list", (v) => { v.properties["image"] = { type: "array", maxItems: 4, items: { type: "string", format: "binary" }, description: v.field("image")["description"] ?? "" }; }, "accepted", "major", "properties.image.maxItems", "from 16 to 4"],
  ["fields named like members of objects", (v) => { Object.assign(v.properties, { constructor: { type: "string" }, toString: { type: "string" } }); }, "accepted", "minor", "properties.constructor", "Added the field `toString`"],
  ["a renamed field", (v) => { v.properties["count"] = v.field("n"); delete v.properties["n"]; }, "refused", "major", "properties.n", "Removed the field `n`"],
  ["two types", (v) => { v.field("background")["type"] = ["string", "null"]; }, "refused", "major", "properties.background", "is not a type of a form"],
  ["a boolean number of images", (v) => { v.field("n")["type"] = "boolean"; }, "refused", "major", "properties.n", "makes it integer"],
  ["an integer number of images", (v) => { v.field("n")["type"] = "integer"; }, "accepted", "none", "properties.n.type", "sent as integer, as before"],
  ["a binary mask", (v) => { v.field("mask")["format"] = "binary"; }, "accepted", "none", "properties.mask.format", "sent as file, as before"],
  ["a list of images", (v) => { v.properties["image"] = { type: "array", items: { type: "string", format: "binary" }, description: v.field("image")["description"] ?? "", }; }, "accepted", "none", "properties.image", "sent as files, as before"],
  ["a pattern that no listed value passes", (v) => { v.field("size")["pattern"] = "^\\d+$"; }, "refused", "major", "properties.size", "`pattern: ^\\d+$` against the listed"],
  ["a pattern that is none", (v) => { v.field("size")["pattern"] = "["; }, "refused", "major", "properties.size", "not a regular expression"],
  ["a pattern that some pass", (v) => { v.field("moderation")["pattern"] = "^[a-z]+$"; }, "accepted", "major", "properties.moderation.pattern", "what `moderation` may look like"],
  ["listed values, one of them unknown", (v) => listed(v, "quality", ["auto", "low", "medium", "high", "standard", "ultra"]), "refused", "major", "properties.quality", 'lists "ultra"'],
  ["fewer listed values", (v) => listed(v, "background", ["auto", "opaque"]), "accepted", "major", "properties.background.enum", "`transparent` for `background`"],
  ["listed values as they are", (v) => listed(v, "moderation", ["auto", "low"]), "accepted", "major", "properties.moderation.enum", "Limited `moderation`"],
  ["a limit as it is", (v) => { v.field("n")["maximum"] = 10; }, "accepted", "none", "properties.n.maximum", "the spec has 10"],
  ["a lower limit", (v) => { v.field("n")["maximum"] = 4; }, "accepted", "major", "properties.n.maximum", "maximum of `n` from 10 to 4"],
  ["a higher limit", (v) => { v.field("n")["maximum"] = 20; }, "refused", "minor", "properties.n.maximum", "keeps 10"],
  ["a length of a free field", (v) => { v.field("prompt")["maxLength"] = 500; }, "accepted", "major", "properties.prompt.maxLength", "from 32000 to 500"],
  ["a keyword that nothing reads", (v) => { v.field("n")["multipleOf"] = 2; }, "refused", "major", "properties.n.multipleOf", "No rule says"],
  ["a nullable field", (v) => { v.field("size")["nullable"] = true; }, "refused", "major", "properties.size.nullable", "No rule says"],
  ["a closed form", (v) => { v.form["additionalProperties"] = false; }, "refused", "major", "schema.additionalProperties", "No rule says"],
  ["a deprecated field", (v) => { v.field("response_format")["deprecated"] = true; }, "accepted", "minor", "properties.response_format.deprecated", "Deprecated `response_format`"],
  ["a documented default", (v) => { v.field("size")["default"] = "auto"; }, "accepted", "patch", "properties.size.default", "default of `size`"],
  ["an example as good as any", (v) => { v.field("size")["example"] = "1024x1024"; }, "accepted", "none", "properties.size.example", "limits nothing"],
  ["an example that no model accepts", (v) => { v.field("quality")["example"] = "ultra"; }, "refused", "minor", "properties.quality.example", '"ultra"'],
  ["a field with the vendor's own extension", (v) => { v.field("image")["x-max-files"] = 3; }, "refused", "major", "properties.image['x-max-files']", "No rule says"],
];

// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
const frame: Row[] = [
  ["a path with a trailing slash", said("/v1/images/edits:", "/v1/images/edits/:"), "refused", "major", "$.paths", "moved from /v1/images/edits to /v1/images/edits/"],
  ["a path of another version", said("/v1/images/edits:", "/v2/images/edits:"), "refused", "major", "$.paths", "moved from /v1/images/edits to /v2/images/edits"],
  ["a server that moved", said("https://api.chainhub.tech", "https://eu.chainhub.tech"), "accepted", "major", "$.servers", "moved from https://api.chainhub.tech to https://eu.chainhub.tech"],
  ["a server with a trailing slash", said("https://api.chainhub.tech", "https://api.chainhub.tech/"), "accepted", "none", "$.servers", "the same address"],
  ["no servers", (v) => { v.document["servers"] = []; }, "refused", "major", "$.servers", "names no server"],
  ["servers that are gone", (v) => { delete v.document["servers"]; }, "refused", "major", "$.servers", "names no server"],
  ["several servers", (v) => { (v.document["servers"] as Json[]).push({ url: "https://eu.chainhub.tech" }); }, "accepted", "none", "$.servers[1]", "Also served by https://eu.chainhub.tech"],
  ["another first server", (v) => { (v.document["servers"] as Json[]).unshift({ url: "https://eu.chainhub.tech" }); }, "accepted", "major", "$.servers", "moved from https://api.chainhub.tech"],
  ["a server with a variable", said("https://api.chainhub.tech", "https://{region}.chainhub.tech"), "refused", "major", "$.servers", "not a complete address"],
  ["a server of the operation's own", (v) => { v.operation["servers"] = [{ url: "https://img.chainhub.tech" }]; }, "accepted", "major", "post.servers", "moved from https://api.chainhub.tech to https://img.chainhub.tech"],
  ["a key in a header of its own", (v) => { objectAt(v.document, "components")["securitySchemes"] = { bearer: { type: "apiKey", in: "header", name: "X-Api-Key" }, }; }, "accepted", "major", "securitySchemes.bearer", "The key moved from `Authorization: bearer` to the header `X-Api-Key`"],
  ["another scheme for the operation", (v) => { objectAt(v.document, "components", "securitySchemes")["key"] = { type: "apiKey", in: "query", name: "key" }; v.operation["security"] = [{ key: [] }]; }, "accepted", "major", "post.security", "the query `key`"],
  ["no key at all", (v) => { v.document["security"] = []; }, "refused", "major", "$.security", "asks for no key"],
  ["another version of OpenAPI", said("openapi: 3.0.1", "openapi: 3.0.4"), "accepted", "none", "$.openapi", "3.0.4 instead of 3.0.1"],
  ["OpenAPI 3.1", said("openapi: 3.0.1", "openapi: 3.1.0"), "refused", "major", "$.openapi", "3.1.0"],
  ["another version of the document", said("version: 1.0.0", "version: 1.2.0"), "accepted", "none", "$.info.version", "replaced by ours"],
  ["a fact in the document's description", said('description: ""\n  version', 'description: "Limit: 5 requests."\n  version'), "refused", "major", "$.info.description", "now 5"],
  ["another operation", (v) => { objectAt(v.document, "paths")["/v1/models"] = { get: { responses: {} } }; }, "accepted", "minor", "$.paths['/v1/models']", "Added the types of GET /v1/models"],
  ["another form", (v) => { const paths = objectAt(v.document, "paths"); v.document["paths"] = { "/v1/audio": { post: structuredClone(v.operation) }, ...paths }; }, "accepted", "minor", "$.paths['/v1/audio']", "Added the types of POST /v1/audio"],
  ["a component that nothing uses", (v) => { objectAt(v.document, "components", "schemas")["Other"] = { type: "object" }; }, "accepted", "none", "$.components.schemas.Other", "A component"],
  ["an unknown member of the document", (v) => { v.document["webhooks"] = { a: { post: {} } }; }, "refused", "major", "$.webhooks", "No rule says"],
  ["a deprecated operation", (v) => { v.operation["deprecated"] = true; }, "accepted", "minor", "post.deprecated", "Deprecated the operation"],
  ["an operation whose status is deprecated", said("x-apifox-status: released", "x-apifox-status: deprecated"), "accepted", "minor", "x-apifox-status", "its status is deprecated"],
  ["another way for the key", (v) => { objectAt(v.document, "components", "securitySchemes")["key"] = { type: "apiKey", in: "header", name: "X-Key" }; v.document["security"] = [{ bearer: [] }, { key: [] }]; }, "accepted", "minor", "$.security[1]", "taken another way too"],
  ["a scheme of another name", (v) => { objectAt(v.document, "components")["securitySchemes"] = { token: { type: "http", scheme: "bearer" } }; v.document["security"] = [{ token: [] }]; }, "accepted", "none", "$.components.securitySchemes.token", "goes where it went"],
  ["another word before the key", said("Bearer {{YOUR_API_KEY}}", "Token {{YOUR_API_KEY}}"), "accepted", "major", "post.parameters[1].example", "to `Authorization: Token`"],
  ["a required parameter of the path", (v) => { (v.operation["parameters"] as Json[]).push({ name: "id", in: "path", required: true, schema: { type: "string" } }); }, "refused", "major", "post.parameters[2]", "which nothing sends"],
  ["a callback", (v) => { v.operation["callbacks"] = { done: { "{$url}": { post: { responses: {} } } } }; }, "refused", "major", "post.callbacks", "No rule says"],
  ["media types of the form's parts", (v) => { objectAt(v.operation, "requestBody", "content", "multipart/form-data")["encoding"] = { image: { contentType: "image/png" } }; }, "refused", "major", "encoding.image.contentType", "No rule says"],
  ["no form any more", (v) => { const content = objectAt(v.operation, "requestBody", "content"); content["application/json"] = content["multipart/form-data"] ?? null; delete content["multipart/form-data"]; }, "refused", "major", "content['multipart/form-data']", "no longer takes a form"],
  ["a new optional query parameter", (v) => { (v.operation["parameters"] as Json[]).push({ name: "tier", in: "query", schema: { type: "string" } }); }, "accepted", "minor", "post.parameters[2]", "Added the query parameter `tier`"],
  ["a new required header", (v) => { (v.operation["parameters"] as Json[]).push({ name: "X-Tenant", in: "header", required: true, schema: { type: "string" }, }); }, "accepted", "major", "post.parameters[2]", "required header parameter `X-Tenant`"],
  ["headers that OpenAPI ignores, gone", (v) => { delete v.operation["parameters"]; }, "accepted", "none", "post.parameters", "ignores parameters named Accept"],
  ["the editor's marks, gone", (v) => { for (const key of Object.keys(v.operation)) if (key.startsWith("x-")) delete v.operation[key]; }, "accepted", "none", "x-apifox-folder", "vendor's editor"],
  ["a JSON body too", (v) => { objectAt(v.operation, "requestBody", "content")["application/json"] = { schema: { type: "object" } }; }, "accepted", "minor", "content['application/json']", "takes application/json too"],
];

// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
// biome-ignore format: each row of the table is a line
const responses: Row[] = [
  ["an accepted status", (v) => { objectAt(v.operation, "responses")["202"] = { description: "Queued." }; }, "refused", "minor", "responses['202']", "may respond with 202"],
  ["a documented error", (v) => { objectAt(v.operation, "responses")["429"] = { description: "Too many." }; }, "accepted", "minor", "responses['429']", "Documented the error 429"],
  ["a redirect", (v) => { objectAt(v.operation, "responses")["302"] = { description: "Elsewhere." }; }, "refused", "minor", "responses['302']", "which nothing handles"],
  ["a new member of the response", (v) => { objectAt(v.response, "properties")["system_fingerprint"] = { type: "string" }; }, "accepted", "minor", "properties.system_fingerprint", "has `system_fingerprint` too"],
  ["a member of the response that is gone", (v) => { delete objectAt(v.response, "properties")["object"]; (v.response as JsonObject)["required"] = ["id", "created", "choices", "usage"]; }, "accepted", "major", "properties.object", "no longer has `object`"],
  ["a response without its images", (v) => { delete objectAt(v.response, "properties")["choices"]; }, "refused", "major", "properties.choices", "no longer a chat completion"],
  ["another shape", (v) => { v.response["properties"] = { created: { type: "integer" }, data: { type: "array", items: { type: "object", properties: { b64_json: { type: "string" } } } }, }; v.response["required"] = ["created"]; }, "refused", "major", "properties.data", "no longer a chat completion"],
  ["images as they are", (v) => { objectAt(v.operation, "responses", "200", "content")["image/png"] = { schema: { type: "string", format: "binary" }, }; }, "refused", "minor", "content['image/png']", "may be image/png"],
  ["a documented response header", (v) => { objectAt(v.operation, "responses", "200")["headers"] = { "x-request-id": { schema: { type: "string" } }, }; }, "accepted", "minor", "headers['x-request-id']", "response header `x-request-id`"],
  ["another type in the response", (v) => { objectAt(v.response, "properties", "created")["type"] = "string"; }, "accepted", "major", "properties.created.type", "from integer to string"],
];

const rows = [...prose, ...models, ...fields, ...frame, ...responses];
const reportOf = (document: Row[1]) =>
  report(typeof document === "string" ? document : changeVendor(document));

describe("a changed document of the vendor", () => {
  it.each(rows)("%s", (_title, document, result, level, path, text) => {
    const made = reportOf(document);
    expect(made.isUsable ? "accepted" : "refused").toBe(result);
    expect(made.level).toBe(level);
    const paths = [...made.differences, ...made.misfits].map((one) => one.path);
    expect(paths.some((one) => one.includes(path))).toBe(true);
    expect(made.text).toMatch(text);
  });
});

describe("the advice for a refused document", () => {
  const fieldsOf = (made: Reported) => made.spec.fields.map(({ name }) => name);
  /** Quotes of a field go with the field. */
  const quotesOf = (made: Reported) =>
    readQuotes(made.spec.document).filter(({ field }) => fieldsOf(made).includes(field)).length;

  it.each(rows.filter(([, , result]) => result === "refused"))("loses nothing: %s", (_title, document) => {
    const made = reportOf(document);
    const text = typeof document === "string" ? document : changeVendor(document);
    const followed = report(text, [], followAdvice(made));
    // What has no action needs a decision: a field that cannot be sent, a response that nothing reads.
    const open = made.misfits.filter(({ actions = [] }) => actions.length === 0).map((one) => one.text);
    expect(followed.misfits.map((one) => one.text)).toEqual(open);
    if (open.length === 0) expect(followed.isUsable).toBe(true);
    expect(fieldsOf(followed)).toEqual(fieldsOf(made));
    expect(quotesOf(followed)).toBe(quotesOf(made));
    expect(followed.level).toBe(made.level);
  });

  it("is printed as YAML that can be appended as it is", () => {
    const made = report(said("between 1 and 10", "between 1 and 20"));
    const printed = printMisfits(made);
    const yaml = printed.split("in spec/overlay.yaml:\n")[1] ?? "";
    expect(parse(yaml)).toEqual(made.misfits[0]?.actions);
    expect(parse(yaml)).toMatchObject([
      { target: "$.components.schemas.CommonLimits.properties.n", update: { maximum: 20 } },
    ]);
  });
});
