import { expect, it } from "vitest";
import * as client from "./index.ts";

it("exports these names and no others", () => {
  expect(Object.keys(client).sort()).toEqual([
    "ConfigurationError",
    "HttpError",
    "InvalidInputError",
    "InvalidResponseError",
    "NetworkError",
    "RetouchError",
    "TimeoutError",
    "createImageClient",
    "isConfigurationError",
    "isHttpError",
    "isInvalidInputError",
    "isInvalidResponseError",
    "isNetworkError",
    "isRetouchError",
    "isTimeoutError",
  ]);
});
