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
export type { CheckReport, EditEvent, ImageClient } from "../image-client.ts";
export type { EditOptions, ImageClientOptions } from "../options.ts";
export type { UploadProgress } from "../transport/transport.ts";
export { createImageClient } from "./create-image-client.ts";
export {
  createProxyClient,
  type ProxyClientOptions,
  type ProxyEditOptions,
  type ProxyImageClient,
} from "./create-proxy-client.ts";
