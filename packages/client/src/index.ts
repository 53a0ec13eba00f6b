export type { EditResult, Usage } from "./edit-result.ts";
export type { EditedImage } from "./edited-image.ts";
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
