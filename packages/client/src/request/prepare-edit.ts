import type { Settings } from "../config/resolve-settings.ts";
import type { Dialect } from "../dialect.ts";
import { invalidOption } from "../errors/configuration-messages.ts";
import type { Problem } from "../errors/errors.ts";
import { type Report, toProblem } from "../errors/problem-messages.ts";
import { fieldNames, fileFields } from "../generated/limits.gen.ts";
import type { ByteSource } from "../media/byte-source.ts";
import { partFileName } from "../media/format.ts";
import type { ModelLimits } from "../models/limit-types.ts";
import { limitsOf } from "../models/limits.ts";
import type { LateCode, Platform } from "../platform.ts";
import { type OpenedInput, type OpenedInputs, openInputs } from "../preflight/open-inputs.ts";
import { preflight } from "../preflight/preflight.ts";
import { encodeMultipart, type Part } from "../transport/multipart.ts";
import type { RequestBody } from "../transport/request-body.ts";
import { checkDialect } from "./check-dialect.ts";

/** Parameters at run time: the fields of every model, checked by preflight rather than by the compiler. */
export type RawParams = Readonly<Record<string, unknown>>;

/** The context that the preparation of an edit needs besides its parameters. */
export interface PrepareContext {
  readonly platform: Pick<Platform, "openInput">;
  readonly settings: Pick<Settings, "host" | "options">;
  readonly lateCode: LateCode;
  readonly dialect: Dialect;
  readonly signal: AbortSignal;
  /** Receives each image as soon as it is open; the caller closes them, whether or not this succeeds. */
  readonly opened?: ByteSource[] | undefined;
}

/** An edit that was checked, and is ready to be sent unless a problem is an error. */
export interface PreparedEdit {
  /** Every error and warning, in the order of the form. */
  readonly problems: readonly Problem[];
  readonly limits: ModelLimits;
  /** The body to send; `undefined` when a problem is an error. */
  readonly form: RequestBody | undefined;
}

/** Opens the images of an edit, checks everything against its model's limits, and encodes the form. Sends nothing. */
export async function prepareEdit(
  givenParams: RawParams,
  { platform, settings, lateCode, dialect: given, signal, opened: sources = [] }: PrepareContext,
): Promise<PreparedEdit> {
  const params = flattenFields(givenParams);
  const json = given.body === "json" ? await lateCode.json() : undefined;
  const opened = await openInputs(params, platform, signal, sources);
  const { model } = params;
  const limits = limitsFor(typeof model === "string" ? model : undefined, settings.options.limitsLike);
  const problems = preflight(params, opened.inputs, limits, { host: settings.host, nowMs: Date.now() });
  const report: Report = (...problem) => void problems.push(toProblem(...problem));
  const jsonDialect = json?.withJsonNames(given);
  const dialect = jsonDialect ?? given;
  checkDialect(params, opened, dialect, report);
  const body = jsonDialect && json?.encodeJsonEdit(textFields(params), opened, jsonDialect, report);
  if (problems.some(({ severity }) => severity === "error")) return { problems, limits, form: undefined };
  const form = body ?? encodeMultipart(toFormParts(params, opened, dialect));
  return { problems, limits, form };
}

/**
 * Returns the limits of a model; for a name that the spec does not know, those of the model that `limitsLike` names. Its
 * shutdowns are not among them: they concern the name at its own host.
 */
function limitsFor(model: string | undefined, limitsLike: string | undefined): ModelLimits {
  const limits = limitsOf(model);
  if (limitsLike === undefined || limits.known) return limits;
  const like = limitsOf(limitsLike);
  if (!like.known)
    throw invalidOption("limitsLike", "is not a model of the spec. Give one of those in `modelNames`.");
  return { ...like, known: false, shutdowns: [] };
}

/** Returns the fields that are not files, in the order of the spec, those of `extra` last. */
function textFields(params: RawParams): [name: string, value: string | number | boolean][] {
  const fields: [string, string | number | boolean][] = [];
  const add = (name: string, value: unknown): void => {
    // Preflight has reported everything else.
    const isText = isScalar(value) && value !== "" && name !== "image" && !fileFields.includes(name);
    if (isText) fields.push([name, value]);
  };
  for (const name of fieldNames) add(name, params[name]);
  for (const [name, value] of Object.entries(params["extra"] ?? {})) add(name, value);
  return fields;
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/**
 * Returns the parts of the form: text first (some servers ignore text after a file), images in order, other files last.
 * One image is `image`, several are `image[]`, unless the dialect says otherwise.
 */
function toFormParts(params: RawParams, { images, mask, files }: OpenedInputs, dialect: Dialect): Part[] {
  const { imageField = images.length > 1 ? "image[]" : "image", maskField = "mask", urlField = "" } = dialect;
  const parts: Part[] = [];
  for (const [name, value] of textFields(params)) parts.push({ name, value: String(value) });
  for (const { reference } of images)
    if (reference?.url !== undefined) parts.push({ name: urlField, value: reference.url });
  images.forEach((image, index) => {
    if (image.source)
      parts.push(filePart(imageField, image, images.length > 1 ? `image-${index + 1}` : "image"));
  });
  if (mask?.source) parts.push(filePart(maskField, mask, "mask"));
  for (const [name, file] of files)
    parts.push(filePart(name, file, fileFields.includes(name) ? name : "file"));
  return parts;
}

/**
 * Returns the parameters with nested fields under the names of their parts: `{ svg: { model } }` becomes `svg[model]`.
 * Objects of fields that the spec does not nest, and those with a flat name beside them, stay: preflight reports them.
 */
function flattenFields(params: RawParams): RawParams {
  const flat: Record<string, unknown> = { ...params };
  for (const root of nestedRoots) {
    if (!isRecord(params[root]) || Object.keys(params).some((name) => name.startsWith(`${root}[`))) continue;
    delete flat[root];
    addMembers(flat, root, params[root], 0);
  }
  return flat;
}

const nestedRoots = new Set(fieldNames.flatMap((name) => /^([^[]+)\[/.exec(name)?.[1] ?? []));

function addMembers(flat: Record<string, unknown>, name: string, value: unknown, depth: number): void {
  // Deeper than any field of the spec, for example an object that contains itself.
  if (!isRecord(value) || depth > 4) flat[name] = value;
  else for (const key in value) addMembers(flat, `${name}[${key}]`, value[key], depth + 1);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === "[object Object]";
}

function filePart(
  name: string,
  { source, info }: Extract<OpenedInput, { readonly source: ByteSource }>,
  defaultFilename: string,
): Part {
  const { format, mediaType } = info;
  return { name, filename: partFileName(source.name, format, defaultFilename), mediaType, source };
}
