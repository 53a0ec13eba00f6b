export type { ByteInput } from "./byte-source.ts";
export { type CostParams, costOf, estimateCost, type Rates, ratesOf } from "./cost.ts";
export { createImageClient } from "./create-image-client.ts";
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
export type { EditedImage, ReadPictureOptions } from "./edited-image.ts";
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
} from "./errors.ts";
export type { CheckReport, EditEvent, ImageClient } from "./image-client.ts";
export type {
  ConflictRule,
  FamilyLimits,
  FieldRule,
  ImageRule,
  LimitSource,
  MaskRule,
  ModelLimits,
  Severity,
  Shutdown,
  SizeRule,
} from "./limit-types.ts";
export { fieldNames, limitsOf, modelNames } from "./limits.ts";
export type {
  Dialect,
  EditOptions,
  ImageClientOptions,
  RequestEvent,
  ResponseEvent,
  RetryEvent,
} from "./options.ts";
export type { UploadProgress } from "./transport.ts";
