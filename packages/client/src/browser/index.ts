export type { CheckReport, ImageClient } from "../build-image-client.ts";
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
} from "../errors.ts";
export type { EditOptions, ImageClientOptions } from "../options.ts";
export type { EditEvent } from "../request/run-edit.ts";
export type { UploadProgress } from "../transport.ts";
export { createImageClient } from "./create-image-client.ts";
export { createProxyClient, type ProxyClientOptions } from "./create-proxy-client.ts";
