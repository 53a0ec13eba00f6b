export type { Runtime } from "../async/deadline.ts";
export type { Dialect, ImageShape } from "../dialect.ts";
export type {
  CallParams,
  CommonParams,
  EditParams,
  ExtraFields,
  ImageInput,
  KnownModel,
  ModelName,
} from "../edit-params.ts";
export type { EditResult, Usage } from "../edit-result.ts";
export type { EditedImage, ReadImageOptions } from "../edited-image.ts";
export type { RetouchCode } from "../errors/codes.ts";
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
} from "../errors/errors.ts";
export { formatMessage, hasCode, type MessageParams } from "../errors/format-message.ts";
export { codeNames, type MessageNames } from "../errors/message-names.ts";
export type { DialectName } from "../generated/dialect-names.gen.ts";
export { defaultBaseUrl as baseUrl } from "../generated/endpoint.gen.ts";
export type { CheckReport, EditEvent, ImageClient } from "../image-client.ts";
export { type DataUri, decodeDataUri, isBase64Image, isDataUri } from "../media/data-uri.ts";
export type { ImageReference } from "../media/image-reference.ts";
export { type CostParams, costOf, estimateCost, type Rates, ratesOf } from "../models/cost.ts";
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
} from "../models/limit-types.ts";
export { fieldNames, limitsOf, modelNames } from "../models/limits.ts";
export { isLoopback } from "../network/is-loopback.ts";
export type {
  EditOptions,
  ImageClientOptions,
  RequestEvent,
  ResponseEvent,
  RetryEvent,
} from "../options.ts";
export type { ResumableTask, TaskDialect, TaskEvent } from "../tasks/task-dialect.ts";
export type {
  Transport,
  TransportRequest,
  TransportResponse,
  UploadProgress,
} from "../transport/transport.ts";
// What is marked `@internal` is for this repository's own packages. It has no stable version, and is not in the reference.
export { createClientIn, createImageClient, type NodeImageClient } from "./create-image-client.ts";
export { describeRequest, type RequestDescription } from "./describe-request.ts";
export { fileJobStore } from "./file-job-store.ts";
export {
  type CommitOptions,
  commitFile,
  makeDirectory,
  nodeFiles,
  renameIfFree,
  syncDirectory,
  type TemporaryWriter,
  temporaryName,
  temporaryWriter,
  writeAll,
} from "./files/durable-file.ts";
export { refusedName } from "./files/refused-name.ts";
export type { ImageUrlOptions } from "./input/download-image.ts";
export type { NodeInput } from "./input/open-input.ts";
export {
  type Agents,
  createAgents,
  type NodeNetworkOptions,
  type NodeTlsOptions,
  type Route,
} from "./network/agents.ts";
export { chooseProxy } from "./network/choose-proxy.ts";
export type {
  EditToFilesOptions,
  FileEditResult,
  FileImage,
  ImageFileInfo,
  ImageFilesOptions,
  NodeClientOptions,
  NodeEditOptions,
  PartialImage,
  ResponseFileOptions,
} from "./options.ts";
export { readResponseFile } from "./response-file/read-response-file.ts";
export type { ClientFiles, FileFacts, OpenFile, Surroundings } from "./surroundings.ts";
