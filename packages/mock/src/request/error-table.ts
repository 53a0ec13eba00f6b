import { ApiError } from "./api-error.ts";

/** One row: what an error says, with `{name}` for the values of a request. */
interface ErrorRow {
  readonly text: string;
  readonly code: string;
  /** 400 if absent. */
  readonly status?: number;
  /** `invalid_request_error` if absent. */
  readonly type?: string;
}

/** Every error that the mock responds with, in the words of OpenAI where it has some. */
export const errorTable = {
  // Text fields, by the keyword of the rule that they break.
  required: { code: "missing_required_parameter", text: "Missing required parameter: '{field}'." },
  refused: { code: "unknown_parameter", text: "Unknown parameter: '{field}'." },
  type: { code: "invalid_type", text: "Invalid type for '{field}': it {rule}, but got '{value}'." },
  enum: { code: "invalid_value", text: "Invalid value: '{value}'. Supported values are: {allowed}." },
  minLength: {
    code: "string_below_min_length",
    text: "Invalid '{field}': string too short. Expected a minimum length of {limit}, but got {length}.",
  },
  maxLength: {
    code: "string_above_max_length",
    text: "Invalid '{field}': string too long. Expected a maximum length of {limit}, but got {length}.",
  },
  minimum: {
    code: "integer_below_min_value",
    text: "Invalid '{field}': below the minimum. Expected a value >= {limit}, but got '{value}'.",
  },
  maximum: {
    code: "integer_above_max_value",
    text: "Invalid '{field}': above the maximum. Expected a value <= {limit}, but got '{value}'.",
  },
  otherRule: { code: "invalid_value", text: "Invalid '{field}': '{value}'. It {rule}." },

  // The form.
  duplicate: { code: "duplicate_parameter", text: "Duplicate parameter: '{field}'." },
  duplicateImage: {
    code: "duplicate_parameter",
    text: "Duplicate parameter: '{field}'. To send several images, name each part 'image[]'.",
  },
  imageTwoWays: {
    code: "duplicate_parameter",
    text: "Duplicate parameter: 'image' and 'image[]' are both present.",
  },
  textForFile: { code: "invalid_type", text: "Invalid type for '{field}': expected a file, but got text." },
  fileForText: { code: "invalid_type", text: "Invalid type for '{field}': expected text, but got a file." },
  encoding: { code: "invalid_encoding", text: "Invalid value for `{field}`: it is not UTF-8." },
  contentType: {
    code: "invalid_content_type",
    text: "Expected multipart/form-data with a boundary, but the request has {actual}.",
  },
  multipart: { code: "invalid_multipart", text: "Could not parse the form. {reason}" },
  tooLarge: {
    status: 413,
    code: "request_too_large",
    text: "The request is {bytes} bytes; the maximum is {limit}.",
  },

  // Files.
  tooFewImages: {
    code: "too_few_images",
    text: "Invalid '{field}': too few images. Expected at least {limit}, but got {count}.",
  },
  tooManyImages: {
    code: "too_many_images",
    text: "Invalid '{field}': too many images. Expected at most {limit}, but got {count}.",
  },
  notSquare: {
    code: "invalid_image_format",
    text: "Invalid '{field}': expected a square, but got {size}.",
  },
  mediaType: {
    code: "unsupported_file_mimetype",
    text: "Invalid file '{field}': unsupported mimetype ('{actual}'). Supported are {accepted}.",
  },
  emptyFile: { code: "empty_file", text: "Invalid file '{field}': the file is empty." },
  largeFile: {
    code: "image_too_large",
    text: "Invalid file '{field}': {bytes} bytes. It must be smaller than {limit} bytes.",
  },
  otherBytes: {
    code: "invalid_image_file",
    text: "Invalid image file '{field}': the bytes are {actual}. Supported are {accepted}.",
  },
  damaged: {
    code: "invalid_image_file",
    text: "Invalid image file '{field}': it is damaged and cannot be decoded. Check the file and try again.",
  },
  otherSize: {
    code: "invalid_{field}_size",
    text: "Invalid '{field}': it is {actual}, but the first image is {expected}. Both must have the same size.",
  },
  noHole: {
    code: "invalid_{field}_alpha",
    text: "Invalid '{field}': it has no fully transparent pixel, so nothing would be edited. Make the area to edit transparent.",
  },
  noTransparency: {
    code: "invalid_{field}_alpha",
    text: "Invalid '{field}': it has no transparent pixel, so it would cover the image. Make everything but the notes transparent.",
  },

  // Keys, models, limits and failures.
  noKey: {
    status: 401,
    code: "invalid_api_key",
    text: "You didn't provide an API key. Provide it in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
  },
  wrongKey: { status: 401, code: "invalid_api_key", text: "Incorrect API key provided." },
  noModel: { status: 404, code: "model_not_found", text: "The model `{model}` does not exist." },
  noAccess: {
    status: 404,
    code: "model_not_found",
    text: "The model `{model}` does not exist or you do not have access to it.",
  },
  rateLimited: {
    status: 429,
    type: "requests",
    code: "rate_limit_exceeded",
    text: "Rate limit reached for images per min. Please try again in {retryAfterMs}ms.",
  },
  quota: {
    status: 429,
    type: "insufficient_quota",
    code: "insufficient_quota",
    text: "You exceeded your current quota, please check your plan and billing details.",
  },
  moderation: {
    type: "image_generation_user_error",
    code: "moderation_blocked",
    text: "Your request was rejected as a result of our safety system.",
  },
  serverError: {
    status: 500,
    type: "server_error",
    code: "server_error",
    text: "The server had an error while processing your request.",
  },
  /** Some gateways send errors with 200. */
  upstream: {
    status: 200,
    type: "upstream_error",
    code: "upstream_error",
    text: "The upstream service failed to make an image.",
  },

  // The mock itself.
  unknownUrl: {
    status: 404,
    code: "unknown_url",
    text: "Invalid URL ({method} {path}). The mock serves POST {served}.",
  },
  method: {
    status: 405,
    code: "method_not_supported",
    text: "Not allowed to {method} on {path}. Use {allowed}.",
  },
  unknownScenario: { code: "unknown_scenario", text: "{reason}" },
  needsSocket: { status: 501, code: "scenario_needs_socket", text: "{reason}" },
  defect: {
    status: 500,
    type: "mock_failure",
    code: "mock_failure",
    text: "Internal error of the mock: {reason}",
  },
} as const satisfies Record<string, ErrorRow>;

/** The name of a row. */
export type ErrorName = keyof typeof errorTable;

/** What an error needs beside its row. */
interface ErrorExtra {
  /** Values of the text. `field` is the `param` of the error too. */
  values?: Readonly<Record<string, string | number>>;
  /** The `param` where it is not a value of the text. */
  param?: string;
  /** Extra members of the `error` object. */
  details?: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** Creates an error of the table. */
export function apiError(name: ErrorName, { values = {}, param, ...extra }: ErrorExtra = {}): ApiError {
  const { text, code, status = 400, type }: ErrorRow = errorTable[name];
  const fill = (template: string) =>
    template.replace(/\{(\w+)\}/g, (_, key: string) => {
      const value = values[key];
      if (value === undefined) throw new TypeError(`The error \`${name}\` needs the value \`${key}\`.`);
      return String(value);
    });
  const about = param ?? values["field"];
  return new ApiError(
    status,
    {
      message: fill(text),
      code: fill(code),
      ...(type === undefined ? {} : { type }),
      ...(about === undefined ? {} : { param: String(about) }),
    },
    extra,
  );
}

/** Creates the error of one form field. */
export function fieldError(
  name: ErrorName,
  field: string,
  values: Readonly<Record<string, string | number>> = {},
): ApiError {
  return apiError(name, { values: { field, ...values } });
}
