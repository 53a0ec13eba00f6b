export { createImageClient } from "./create-image-client.ts";
export type { Dialect, ImageShape } from "./dialect.ts";
export type {
  CallParams,
  CommonParams,
  EditParams,
  ExtraFields,
  ImageInput,
  KnownModel,
  ModelName,
} from "./edit-params.ts";
export type { EditResult, Usage } from "./edit-result.ts";
export type { EditedImage, ReadImageOptions } from "./edited-image.ts";
export type { RetouchCode } from "./errors/codes.ts";
export {
  ConfigurationError,
  HttpError,
  InvalidInputError,
  InvalidResponseError,
  isConfigurationError,
  isHttpError,
  isInvalidInputError,
  isInvalidResponseError,
  isNetworkError,
  isRetouchError,
  isTimeoutError,
  NetworkError,
  type Outcome,
  type Problem,
  RetouchError,
  TimeoutError,
} from "./errors/errors.ts";
export type { DialectName } from "./generated/dialect-names.gen.ts";
export type { CheckReport, EditEvent, ImageClient } from "./image-client.ts";
export type { ByteInput } from "./media/byte-source.ts";
export type { ImageReference } from "./media/image-reference.ts";
export type {
  EditOptions,
  ImageClientOptions,
  RequestEvent,
  ResponseEvent,
  RetryEvent,
} from "./options.ts";
export type { ResumableTask, TaskDialect, TaskEvent } from "./tasks/task-dialect.ts";
export type { UploadProgress } from "./transport/transport.ts";
