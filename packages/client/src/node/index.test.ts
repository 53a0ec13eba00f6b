import { expect, it } from "vitest";
import { isRetouchError } from "../index.ts";
import * as entry from "./index.ts";

it("exports these names and no others", () => {
  expect(Object.keys(entry).sort()).toEqual([
    "ConfigurationError",
    "HttpError",
    "InvalidInputError",
    "InvalidResponseError",
    "NetworkError",
    "RetouchError",
    "TimeoutError",
    "baseUrl",
    "chooseProxy",
    "codeNames",
    "commitFile",
    "costOf",
    "createAgents",
    "createClientIn",
    "createImageClient",
    "decodeDataUri",
    "describeRequest",
    "estimateCost",
    "fieldNames",
    "fileJobStore",
    "formatMessage",
    "hasCode",
    "isBase64Image",
    "isConfigurationError",
    "isDataUri",
    "isHttpError",
    "isInvalidInputError",
    "isInvalidResponseError",
    "isLoopback",
    "isNetworkError",
    "isRetouchError",
    "isTimeoutError",
    "limitsOf",
    "makeDirectory",
    "modelNames",
    "nodeFiles",
    "ratesOf",
    "readResponseFile",
    "refusedName",
    "renameIfFree",
    "syncDirectory",
    "temporaryName",
    "temporaryWriter",
    "writeAll",
  ]);
});

it("has the same errors as the main entry point", () => {
  expect(entry.isRetouchError).toBe(isRetouchError);
});
