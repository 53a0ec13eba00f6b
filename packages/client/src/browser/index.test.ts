import { expect, it } from "vitest";
import { isRetouchError } from "../index.ts";
import * as door from "./index.ts";

it("exports these names and no others", () => {
  expect(Object.keys(door).sort()).toEqual([
    "ConfigurationError",
    "HttpError",
    "InvalidInputError",
    "InvalidResponseError",
    "NetworkError",
    "RetouchError",
    "TimeoutError",
    "createImageClient",
    "createProxyClient",
    "isConfigurationError",
    "isHttpError",
    "isInvalidInputError",
    "isInvalidResponseError",
    "isNetworkError",
    "isRetouchError",
    "isTimeoutError",
  ]);
});

it("has the same errors as the main entry point", () => {
  expect(door.isRetouchError).toBe(isRetouchError);
});
