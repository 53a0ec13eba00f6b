import { expect, test } from "vitest";
import { buildBody } from "./build-body.ts";

test("fills in required members, and omits those that the schema does not have", () => {
  expect(buildBody("Model", { id: "acme-9", shade: "red", shutdown_date: undefined })).toEqual({
    id: "acme-9",
    object: "model",
    created: 0,
    owned_by: "",
  });
});

test("fills in the members of lists and of objects", () => {
  const data = [{ b64_json: "AQ==", shade: "red" }];
  expect(buildBody("ImagesResponse", { data, usage: { input_tokens: 3 } })).toEqual({
    created: 0,
    data: [{ b64_json: "AQ==" }],
    usage: { input_tokens: 3, output_tokens: 0, total_tokens: 0 },
  });
  expect(buildBody("ErrorResponse", {})).toEqual({ error: { message: "" } });
  expect(buildBody("ModelList", {})).toEqual({ object: "list", data: [] });
});
