// Over 220 lines: one table, each sentence beside the types of its parameters.
import type { SizeRule } from "../models/limit-types.ts";
import { InvalidInputError, type Problem } from "./errors.ts";
import { codeNames, type MessageNames } from "./message-names.ts";
import { formatValue, joinOr, type ShownValue } from "./shown-value.ts";

interface Detailed {
  /** What was seen and what to do, after the field's name. */
  readonly detail: string;
}

interface Shutdown {
  readonly model: string;
  readonly host: string;
  readonly date: string;
  readonly replacements: readonly string[];
}

/** A field of a conflict, with its value or with those that it may have. */
interface ConflictingField {
  readonly field: string;
  readonly value?: ShownValue | undefined;
  readonly except?: readonly (string | number | boolean)[] | undefined;
}

/** Whether a file says where to edit, or carries notes over the image. */
type Purpose = "mask" | "notes";

/** What to give where a value has the wrong type. */
const expectations = {
  text: "Give a text.",
  boolean: "Give true or false.",
  scalar: "Give a text, a number or a boolean.",
  scalarOrFile: "Give a text, a number, a boolean or a file.",
  fields: "Give an object of fields.",
  nestedFields: "Give an object of fields, or each under its own name, never both.",
  bytes: "Give a `Blob`, `File`, `ArrayBuffer`, typed array or `data:` URI.",
  bytesNotPath:
    "Paths and URLs are for `@retouch/client/node`, `{ url }` is for JSON bodies. Give a `Blob`, `File`, `ArrayBuffer`, typed array or `data:` URI.",
  reference: "Give `{ url }` or `{ fileId }`, one of them and nothing else, or the bytes.",
  bytesNotReference: "A form holds only bytes, no URL and no id of a file. Give the bytes.",
  noFileId: "This server takes no ids of files. Give `{ url }`, or the bytes.",
  filesOrUrls:
    "In a form, files and URLs have no common order. Give all images as files, or all as `{ url }`.",
  bytesNotBase64:
    "It is base64 text: put `data:image/png;base64,` before it, or give a `Blob`, `File`, `ArrayBuffer` or typed array.",
} as const;

/** The sentence of each code, from its parameters and the field's name. */
const sentences = {
  missing: ({ expected }: { readonly expected: "text" | "image" }, field) =>
    expected === "image"
      ? `${field} is missing. Give an image to edit.`
      : `${field} is empty or missing. Give a text.`,
  refused: ({ by }: { readonly by?: "server" | "json" | undefined }, field) =>
    by === "json"
      ? `${field} is a file, which a JSON body has no place for. Leave it out.`
      : `${field} is not a field of this ${by ?? "model"}. Leave it out.`,
  wrong_type: (
    { actual, expected }: { readonly actual: ShownValue; readonly expected: keyof typeof expectations },
    field,
    names,
  ) => {
    const json = expected === "bytesNotReference" ? names.api("dialect.body", "json") : undefined;
    const option = json ? ` Or, if your server takes JSON, set ${json}.` : "";
    return `${field} is ${formatValue(actual)}. ${expectations[expected]}${option}`;
  },
  not_allowed: (
    {
      actual,
      allowed,
      size,
      pattern,
    }: {
      readonly actual: ShownValue;
      readonly allowed?: readonly (string | number)[] | undefined;
      readonly size?: SizeRule | undefined;
      readonly pattern?: string | undefined;
    },
    field,
  ) => {
    const accepted = [
      allowed && `Give ${joinOr(allowed)}${size ? ", or" : "."}`,
      size && formatSizeRule(size),
      pattern !== undefined && `Give a text that matches ${pattern}.`,
    ];
    return `${field} is ${formatValue(actual)}. ${accepted.filter(Boolean).join(" ")}`;
  },
  out_of_range: (
    {
      actual,
      type,
      minimum,
      maximum,
    }: {
      readonly actual: ShownValue;
      readonly type: "integer" | "number";
      readonly minimum?: number | undefined;
      readonly maximum?: number | undefined;
    },
    field,
  ) => {
    const range =
      minimum === undefined ? "" : ` from ${minimum}${maximum === undefined ? "" : ` to ${maximum}`}`;
    return `${field} is ${formatValue(actual)}. Give ${type === "integer" ? "an integer" : "a number"}${range}.`;
  },
  too_short: (_: object, field) => `${field} is empty. Give a text.`,
  too_long: ({ length, maxLength }: { readonly length: number; readonly maxLength: number }, field) =>
    `${field} is ${length} characters long. Shorten it to ${maxLength}.`,
  too_many: ({ count, maxCount }: { readonly count: number; readonly maxCount: number }, field) =>
    `${field} has ${count} images. Give at most ${maxCount}.`,
  too_large: (
    params:
      | { readonly byteLength: number; readonly belowBytes: number }
      | { readonly byteLength: number; readonly maxBytes: number; readonly maxUrlLength: number }
      | { readonly host: string; readonly maxBytes: number },
    field,
    names,
  ) => {
    if ("belowBytes" in params)
      return `${field} has ${inMegabytes(params.byteLength)}. Make it smaller than ${inMegabytes(params.belowBytes)}.`;
    if ("maxUrlLength" in params)
      return `${field} has ${params.byteLength} bytes, but JSON carries at most ${params.maxBytes}: ${params.maxUrlLength} characters of a \`data:\` URI. Make it smaller, or send a form.`;
    const option = names.api("imageUrls.maxBytes");
    return `${field} (from ${params.host}) is larger than ${params.maxBytes} bytes. Use a smaller image${option ? `, or raise ${option}` : ""}.`;
  },
  wrong_size: (
    {
      actual,
      expected,
      purpose,
      orientation,
      isRotated,
    }: {
      /** `512x512`, as `expected`. */
      readonly actual: string;
      readonly expected: string;
      readonly purpose: Purpose;
      /** The EXIF orientation of the first image, if the size depends on it. */
      readonly orientation?: number | undefined;
      /** The mask has the size of the image as shown, but no server sees that grid. */
      readonly isRotated?: boolean | undefined;
    },
    field,
  ) => {
    if (isRotated)
      return `${field} is ${actual}, the size of the first image as shown, but its file stores it rotated, as ${expected} (EXIF orientation ${orientation}). Save that image upright.`;
    const shown = orientation === undefined ? "" : ` when upright (EXIF orientation ${orientation})`;
    return `${field} is ${actual} but the first image is ${expected}${shown}. Give ${purpose === "mask" ? "a mask" : "one"} of ${expected}.`;
  },
  wrong_format: (
    { format, mediaTypes }: { readonly format: string; readonly mediaTypes: readonly string[] },
    field,
  ) => `${field} is ${formatName(format)}. Convert it to ${formatNames(mediaTypes)}.`,
  not_square: ({ width, height }: { readonly width: number; readonly height: number }, field) =>
    `${field} is ${width}x${height}. Crop or pad it to a square.`,
  no_alpha: ({ purpose }: { readonly purpose: Purpose }, field) =>
    `${field} has no alpha channel. ${transparencyHints[purpose]}`,
  opaque: ({ purpose }: { readonly purpose: Purpose }, field) =>
    `${field} has no ${purpose === "mask" ? "fully " : ""}transparent pixel. ${transparencyHints[purpose]}`,
  soft_alpha: (_: object, field) =>
    `${field} has half-transparent pixels, which servers read either way. Use alpha 0 and 255 only.`,
  rotated: (_: object, field) =>
    `${field} is stored rotated (EXIF), so the mask may not match the image as shown. Save it upright.`,
  invalid_image: (
    {
      defect,
      format,
      mediaTypes,
    }: {
      /** What is wrong with its bytes, after the field's name. */
      readonly defect?: string | undefined;
      readonly format: string;
      readonly mediaTypes: readonly string[];
    },
    field,
  ) => {
    const seen = format === "unknown" ? "is not an image" : `is ${formatName(format)}, not an image`;
    return `${field} ${defect ?? seen}. ${mediaTypes.length ? `Give ${formatNames(mediaTypes)}.` : "Save it again as PNG."}`;
  },
  unchecked: (_: object, field) =>
    `${field} is opened by the server only: its bytes, its format and its size in pixels are not checked.`,
  missing_end: (_: object, field) =>
    `${field} is missing its last bytes, although all of its pixels are there. Some servers reject it. Save it again.`,
  cmyk: (_: object, field) => `${field} is CMYK, which some servers reject. Convert it to RGB.`,
  multiple_images: (_: object, field) =>
    `${field} contains more than one image (MPO), such as a gain map. Some servers reject it. Save it as a plain JPEG.`,
  unknown_field: (_: object, field, names) => {
    const extra = names.api("extra");
    return `${field} is not a field of the spec. Check its spelling${extra ? `, or pass it in ${extra}` : ""}.`;
  },
  known_field: ({ parameter }: { readonly parameter: string }, field, names) =>
    `${field} is a parameter. Pass it as ${names.field(parameter)}.`,
  conflict: (
    {
      value,
      others,
    }: { readonly value?: ShownValue | undefined; readonly others: readonly ConflictingField[] },
    field,
    names,
  ) => {
    const described = others.map((other) => {
      const name = names.field(other.field);
      if (other.except) return `${name} other than ${joinOr(other.except)}`;
      return other.value === undefined ? name : `${name} ${formatValue(other.value)}`;
    });
    return `${field} ${value === undefined ? "" : `${formatValue(value)} `}does not go with ${described.join(" and ")}. Change one of them.`;
  },
  notice: ({ model, notice }: { readonly model: string; readonly notice: string }, field) =>
    `${field} is \`${model}\`: ${notice}. Choose another.`,
  shut_down: (shutdown: Shutdown, field) => formatShutdown(shutdown, field, "was"),
  shutting_down: (shutdown: Shutdown, field) => formatShutdown(shutdown, field, "will be"),
  fewer_images: ({ requested, received }: { readonly requested: number; readonly received: number }, field) =>
    `${field} is ${requested} but the response contains fewer images: ${received}.`,
  more_images: ({ requested, received }: { readonly requested: number; readonly received: number }, field) =>
    `${field} is ${requested} but the response contains more images: ${received}.`,
} satisfies Record<string, (params: never, field: string, names: MessageNames) => string>;

/** A code of an input that cannot be opened or read: its sentence names nothing but the field. */
type InputCode =
  | "changed"
  | "bytes_detached"
  | "invalid_path"
  | "invalid_url"
  | "file_not_found"
  | "file_unreadable"
  | "not_a_file"
  | "url_failed"
  | "url_private"
  | "url_redirected"
  | "url_timeout";

/** The parameters of each code of a {@link Problem}. */
export type ProblemParams = {
  readonly [Code in keyof typeof sentences]: Parameters<(typeof sentences)[Code]>[0];
} & { readonly [Code in InputCode]: Detailed };

/** Records a problem: its severity, field, code and parameters. */
export type Report = <Code extends keyof ProblemParams>(
  severity: Problem["severity"],
  field: string,
  code: Code,
  params: ProblemParams[Code],
) => void;

/** Returns the message of a problem, or `undefined` for a code that has no sentence. */
export function formatProblem(
  code: string,
  field: string,
  params: object,
  names: MessageNames,
): string | undefined {
  if (!Object.hasOwn(sentences, code))
    return "detail" in params ? `${names.field(field)} ${params.detail}` : undefined;
  return sentences[code as keyof typeof sentences](params as never, names.field(field), names);
}

/** Creates a problem with its message. */
export function toProblem<Code extends keyof ProblemParams>(
  severity: Problem["severity"],
  field: string,
  code: Code,
  params: ProblemParams[Code],
): Problem {
  const message = formatProblem(code, field, params, codeNames) ?? "";
  return { severity, field, code, message, params: { ...params } };
}

/** Creates the error of one input that cannot be sent. Nothing was sent. */
export function invalidInput<Code extends keyof ProblemParams>(
  field: string,
  code: Code,
  params: ProblemParams[Code],
  cause?: unknown,
): InvalidInputError {
  return new InvalidInputError({ problems: [toProblem("error", field, code, params)], cause });
}

const transparencyHints = {
  mask: "Make the pixels to edit fully transparent (alpha 0).",
  notes: "Make everything but the notes transparent.",
} as const;

function formatShutdown({ model, host, date, replacements }: Shutdown, field: string, tense: string): string {
  const hint = replacements.length > 0 ? `Use ${joinOr(replacements)}` : "Choose another";
  return `${field} is \`${model}\`, which ${tense} shut down at ${host} on ${date}. ${hint}.`;
}

function formatSizeRule({ multipleOf, maxRatio, maxEdgePx, minPixels, maxPixels }: SizeRule): string {
  const pixels = minPixels === undefined ? `${maxPixels} pixels` : `${minPixels} to ${maxPixels} pixels`;
  return `WIDTHxHEIGHT in multiples of ${multipleOf}, no edge over ${maxEdgePx}, at most ${maxRatio}:1 and ${pixels}.`;
}

function formatName(format: string): string {
  return format === "webp" ? "WebP" : format.toUpperCase();
}

function formatNames(mediaTypes: readonly string[]): string {
  return joinOr(mediaTypes.map((type) => type.replace("image/", "").toUpperCase())).replaceAll("`", "");
}

/** 1 MB is 1,048,576 bytes; what is just over a limit does not print like the limit. */
function inMegabytes(bytes: number): string {
  const megabytes = bytes / 1_048_576;
  return Number.isInteger(megabytes)
    ? `${megabytes} MB`
    : `${(Math.ceil(megabytes * 100) / 100).toFixed(2)} MB`;
}
