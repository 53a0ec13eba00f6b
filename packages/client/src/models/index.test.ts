import { expect, it } from "vitest";
import * as models from "./index.ts";

it("exports these names and no others", () => {
  expect(Object.keys(models).sort()).toEqual([
    "costOf",
    "dialectNames",
    "dialects",
    "estimateCost",
    "fieldNames",
    "limitsOf",
    "modelNames",
    "ratesOf",
  ]);
});
