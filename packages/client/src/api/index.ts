/**
 * The plain openapi-fetch client: the paths and types of the spec, with our base URL, key and redirect rules.
 *
 * @packageDocumentation
 */

export {
  ConfigurationError,
  isConfigurationError,
} from "../errors/errors.ts";
export type { paths } from "../generated/openapi.gen.ts";
export type { paths as OpenAIPaths } from "../generated/vendors/openai.gen.ts";
export { type ApiClient, type ApiClientOptions, createApiClient } from "./create-api-client.ts";
