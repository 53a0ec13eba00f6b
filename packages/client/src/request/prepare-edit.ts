import type { Settings } from "../config/resolve-settings.ts";
import type { Dialect } from "../dialect.ts";
import { invalidOption } from "../errors/configuration-messages.ts";
import type { Problem } from "../errors/errors.ts";
import { fieldNames, fileFields } from "../generated/limits.gen.ts";
import type { ByteSource } from "../media/byte-source.ts";
import { partFileName } from "../media/format.ts";
import type { ModelLimits } from "../models/limit-types.ts";
import { limitsOf } from "../models/limits.ts";
import type { Platform } from "../platform.ts";
import { isFile } from "../preflight/check-field.ts";
import type { CheckedImage } from "../preflight/check-images.ts";
import { type OpenedInputs, openInputs } from "../preflight/open-inputs.ts";
import { isSent, preflight } from "../preflight/preflight.ts";
import { encodeMultipart, type MultipartBody, type Part } from "../transport/multipart.ts";

/** Parameters at run time: the fields of every model, checked by preflight rather than by the compiler. */
export type RawParams = Readonly<Record<string, unknown>>;

/** The context that the preparation of an edit needs besides its parameters. */
export interface PrepareContext {
  readonly platform: Pick<Platform, "openInput">;
  readonly settings: Pick<Settings, "host" | "options">;
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
  readonly form: Required<MultipartBody> | undefined;
}

/** Opens the images of an edit, checks everything against its model's limits, and encodes the form. Sends nothing. */
export async function prepareEdit(
  given: RawParams,
  { platform, settings, dialect, signal, opened = [] }: PrepareContext,
): Promise<PreparedEdit> {
  const params = flattenFields(given);
  const inputs = await openInputs(params, platform, signal, opened);
  const { model } = params;
  const limits = limitsFor(typeof model === "string" ? model : undefined, settings.options.limitsLike);
  const problems = preflight(params, inputs.inputs, limits, { host: settings.host, nowMs: Date.now() });
  const isInvalid = problems.some(({ severity }) => severity === "error");
  const form = isInvalid ? undefined : encodeMultipart(toFormParts(params, inputs, dialect));
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

/**
 * Returns the parts of the form: text first (some servers ignore text after a file), images in order, other files last.
 * One image is `image`, several are `image[]`, unless `imageField` says otherwise.
 */
function toFormParts(
  params: RawParams,
  { images, mask, files, inputs }: OpenedInputs,
  { imageField = images.length > 1 ? "image[]" : "image", maskField = "mask" }: Dialect,
): Part[] {
  const parts: Part[] = [];
  const texts: [string, unknown][] = fieldNames.map((name) => [name, params[name]]);
  for (const [name, value] of [...texts, ...Object.entries(params["extra"] ?? {})]) {
    const isText = name !== "image" && !fileFields.includes(name) && !isFile(value);
    if (isText && isSent(value)) parts.push({ name, value: String(value) });
  }
  images.forEach((source, index) => {
    const info = inputs.images[index];
    if (info)
      parts.push(filePart(imageField, source, info, images.length > 1 ? `image-${index + 1}` : "image"));
  });
  if (mask && inputs.mask) parts.push(filePart(maskField, mask, inputs.mask, "mask"));
  for (const [name, source, info] of files)
    parts.push(filePart(name, source, info, fileFields.includes(name) ? name : "file"));
  return parts;
}

/**
 * Returns the parameters with nested fields under the names of their parts: `{ svg: { model } }` becomes `svg[model]`.
 * Objects of fields that the spec does not nest, and those with a flat name beside them, stay: preflight reports them.
 */
function flattenFields(params: RawParams): RawParams {
  const roots = new Set(fieldNames.flatMap((name) => /^([^[]+)\[/.exec(name)?.[1] ?? []));
  const flat: Record<string, unknown> = { ...params };
  for (const root of roots) {
    if (!isRecord(params[root]) || Object.keys(params).some((name) => name.startsWith(`${root}[`))) continue;
    delete flat[root];
    addMembers(flat, root, params[root], 0);
  }
  return flat;
}

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
  source: ByteSource,
  { format, mediaType }: CheckedImage,
  defaultFilename: string,
): Part {
  return { name, filename: partFileName(source.name, format, defaultFilename), mediaType, source };
}
