import { expect, it } from "vitest";
import { isConfigurationError } from "../index.ts";
import * as api from "./index.ts";

it("exports these names and no others", () => {
  expect(Object.keys(api).sort()).toEqual(["ConfigurationError", "createApiClient", "isConfigurationError"]);
});

it("has the same errors as the main entry point", () => {
  expect(api.isConfigurationError).toBe(isConfigurationError);
});
