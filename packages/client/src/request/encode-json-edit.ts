import type { Dialect, ImageShape } from "../dialect.ts";
import type { Report } from "../errors/problem-messages.ts";
import { toShownName } from "../errors/shown-value.ts";
import { jsonDialect, maxUrlLength } from "../generated/json-body.gen.ts";
import type { OpenedInput, OpenedInputs } from "../preflight/open-inputs.ts";
import { encodeJson, type JsonFile, type JsonValue, jsonText } from "../transport/json-body.ts";
import type { RequestBody } from "../transport/request-body.ts";

/** A dialect whose JSON body has every name. */
type JsonDialect = Dialect & {
  readonly imageField: string;
  readonly maskField: string;
  readonly imageShape: ImageShape;
};

/** Returns a dialect with the names of the spec's JSON body where it has none of its own. */
export function withJsonNames({ imageField, maskField, imageShape, ...others }: Dialect): JsonDialect {
  return {
    ...others,
    imageField: imageField ?? jsonDialect.imageField,
    maskField: maskField ?? jsonDialect.maskField,
    imageShape: imageShape ?? jsonDialect.imageShape,
  };
}

/**
 * Encodes an edit as JSON: the fields of the form in the same order, nested where the form has brackets, then the images
 * and the mask. Reports what it cannot carry. This module is loaded for servers that take JSON only.
 */
export function encodeJsonEdit(
  fields: Iterable<readonly [name: string, value: string | number | boolean]>,
  { images, mask, files }: OpenedInputs,
  { imageField, singleImageField, maskField, imageShape }: JsonDialect,
  report: Report,
): RequestBody {
  const members: JsonMembers = new Map();
  for (const [name, value] of fields) {
    if (!setMember(members, segmentsOf(name), jsonText(value)))
      report("error", toShownName(name), "conflict", { others: [{ field: parentOf(name) }] });
  }
  for (const [name] of files) report("error", toShownName(name), "refused", { by: "json" });
  const values = images.map((image) => writeImage(image, imageShape, report));
  const [first] = values;
  if (singleImageField !== undefined && values.length === 1 && first !== undefined)
    members.set(singleImageField, first);
  else members.set(imageField, values);
  if (mask) members.set(maskField, writeImage(mask, imageShape, report));
  return encodeJson(members);
}

type JsonMembers = Map<string, JsonValue>;

/** Splits the name of a form's part: `svg[reasoning][effort]` has three segments. An empty last one means a list. */
function segmentsOf(name: string): string[] {
  const [, root, rest] = /^([^[\]]+)((?:\[[^[\]]+\])*(?:\[\])?)$/.exec(name) ?? [];
  if (root === undefined || rest === undefined) return [name];
  return [root, ...rest.split(/\]\[|[[\]]/).slice(1, -1)];
}

function parentOf(name: string): string {
  return toShownName(name.replace(/\[.*/s, ""));
}

/** Sets a nested member. Returns `false` if the name is taken, by a value or by an object. */
function setMember(members: JsonMembers, [name = "", ...rest]: readonly string[], value: JsonValue): boolean {
  const existing = members.get(name);
  if (rest.length === 0 || (rest.length === 1 && rest[0] === "")) {
    if (existing !== undefined) return false;
    members.set(name, rest.length === 0 ? value : [value]);
    return true;
  }
  const nested: JsonMembers | undefined = existing === undefined ? new Map() : asMembers(existing);
  if (nested === undefined) return false;
  members.set(name, nested);
  return setMember(nested, rest, value);
}

function asMembers(value: JsonValue): JsonMembers | undefined {
  return value instanceof Map ? value : undefined;
}

function writeImage(input: OpenedInput, shape: ImageShape, report: Report): JsonValue {
  const { field, reference } = input;
  const names = shape === "url" ? undefined : shape;
  if (reference?.fileId !== undefined) {
    if (names?.fileId !== undefined) return new Map([[names.fileId, jsonText(reference.fileId)]]);
    report("error", field, "wrong_type", { actual: { type: "object" }, expected: "noFileId" });
    return "null";
  }
  const value = reference ? urlText(field, reference.url, report) : dataUri(input, report);
  if (names === undefined) return value;
  const type: [string, JsonValue][] = names.type === undefined ? [] : [["type", jsonText(names.type)]];
  return new Map<string, JsonValue>([[names.url, value], ...type]);
}

function urlText(field: string, url: string, report: Report): JsonValue {
  if (url.length > maxUrlLength)
    report("error", field, "too_long", { length: url.length, maxLength: maxUrlLength });
  return jsonText(url);
}

function dataUri({ field, source, info }: OpenedInput, report: Report): JsonValue {
  if (source === undefined) throw new TypeError("An image of a JSON body is neither open nor a reference.");
  const { byteLength, name } = source;
  const { mediaType } = info;
  const maxBytes = Math.floor((maxUrlLength - `data:${mediaType};base64,`.length) / 4) * 3;
  if (byteLength > maxBytes) report("error", field, "too_large", { byteLength, maxBytes, maxUrlLength });
  return { field, filename: name ?? field, mediaType, source } satisfies JsonFile;
}
