import { expect, test } from "vitest";
import { apiError, type ErrorName, errorTable, fieldError } from "./error-table.ts";

test("fills in text and code, and names the field as param", () => {
  const { status, body } = fieldError("otherSize", "markup", { actual: "1x1", expected: "2x2" });
  expect({ status, ...body }).toEqual({
    status: 400,
    type: "invalid_request_error",
    code: "invalid_markup_size",
    param: "markup",
    message: "Invalid 'markup': it is 1x1, but the first image is 2x2. Both must have the same size.",
  });
});

test("has status and type of its row, and a param that is not in the text", () => {
  expect(apiError("quota").body).toMatchObject({ type: "insufficient_quota", param: null });
  expect(apiError("quota").status).toBe(429);
  expect(apiError("noModel", { values: { model: "x" }, param: "model" }).body.param).toBe("model");
});

test("takes a value as it is, braces and all", () => {
  expect(fieldError("otherRule", "size", { value: "{rule}$&", rule: "is odd" }).body.message).toBe(
    "Invalid 'size': '{rule}$&'. It is odd.",
  );
});

test.each(Object.keys(errorTable) as ErrorName[])("names the value that %s lacks", (name) => {
  const { text, code } = errorTable[name];
  const [, first] = /\{(\w+)\}/.exec(text + code) ?? [];
  if (first === undefined) expect(apiError(name).body.message).toBe(text);
  else expect(() => apiError(name)).toThrow(`The error \`${name}\` needs the value \`${first}\`.`);
});
