import { readFileSync } from "node:fs";
import { type MockServer, scenarioNames, startMockServer } from "@retouch/mock/server";
import Ajv, { type ValidateFunction } from "ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { drawImage, mask } from "../support/sample-images.ts";

type Schema = { [key: string]: unknown };

const document = parse(readFileSync(new URL("../../../spec/openapi.yaml", import.meta.url), "utf8"));
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema(close(document.components.schemas) as Schema, "spec");
const validator = (name: string): ValidateFunction => {
  const validate = ajv.compile({ $ref: `spec#/${name}` });
  return validate;
};

/** Closes every object, so that a member which the spec does not have is an error, and moves references along. */
function close(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(close);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [
    key,
    key === "$ref" ? String(value).replace("#/components/schemas/", "spec#/") : close(value),
  ]);
  const closed: Schema = Object.fromEntries(entries);
  return closed["type"] === "object" && closed["properties"]
    ? { ...closed, additionalProperties: false }
    : closed;
}

function expectValid(name: string, body: unknown): void {
  const validate = validator(name);
  validate(body);
  expect(validate.errors ?? [], JSON.stringify(body).slice(0, 400)).toEqual([]);
}

let server: MockServer;
let image: Blob;
let hole: Blob;

beforeAll(async () => {
  server = await startMockServer({ render: "drawn", maxBodyBytes: 1_000_000 });
  image = new Blob([(await drawImage()) as Uint8Array<ArrayBuffer>], { type: "image/png" });
  hole = new Blob([(await mask()) as Uint8Array<ArrayBuffer>], { type: "image/png" });
});

afterAll(() => server.close());

async function post(
  fields: Record<string, string | Blob>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ prompt: "a hat", image, ...fields })) form.append(name, value);
  return fetch(`${server.url}/v1/images/edits`, {
    method: "POST",
    body: form,
    headers: { authorization: "Bearer any", ...headers },
  });
}

async function eventsOf(response: Response): Promise<{ type: string }[]> {
  const text = await response.text();
  return text
    .split("\n\n")
    .filter((event) => event.startsWith("event:"))
    .map((event) => JSON.parse(event.slice(event.indexOf("data: ") + 6)));
}

describe("the mock's bodies fit the spec, without a member more", () => {
  test.each<Record<string, string>>([
    { model: "gpt-image-2" },
    { model: "gpt-image-1", n: "2", quality: "high", input_fidelity: "high" },
    { model: "dall-e-2", response_format: "url", size: "256x256" },
    { model: "acme-9", size: "64x64", output_format: "gif", frame_count: "2" },
    { model: "gpt-image-2.6-flare", output_format: "svg", safety_identifier: "5f2c" },
    { model: "acme-9", size: "64x64", user: "user-1" },
  ])("for %j", async (fields) => {
    const response = await post(fields);
    expect(response.status).toBe(200);
    expectValid("ImagesResponse", await response.json());
  });

  test.each<Record<string, string>>([{ partial_images: "2" }, { n: "2" }, { output_format: "svg" }])(
    "for the events of %j",
    async (fields) => {
      const events = await eventsOf(
        await post({ model: "acme-9", size: "64x64", stream: "true", ...fields }),
      );
      expect(events.at(-1)?.type).toBe("image_edit.completed");
      for (const event of events) expectValid("EditStreamEvent", event);
    },
  );

  // These break the connection or respond with a page, which the spec has no schema for.
  const silent = ["hang", "reset", "truncated", "stream-cut", "html-200", "html-524", "slow"];
  test.each(scenarioNames.filter((name) => !silent.includes(name)))("for scenario %s", async (scenario) => {
    const response = await post({ model: "acme-9", size: "64x64" }, { "x-mock-scenario": scenario });
    const body = await response.json();
    const isError = typeof body === "object" && body !== null && "error" in body;
    const name = isError
      ? "ErrorResponse"
      : body.object === "chat.completion"
        ? "VendorChatCompletion"
        : "ImagesResponse";
    expectValid(name, body);
    if (response.status === 200) return;
    const { responses } = document.paths["/v1/images/edits"].post;
    expect(Object.keys(responses)).toContain(response.status >= 500 ? "5XX" : String(response.status));
  });

  test.each<[string, Record<string, string | Blob>]>([
    ["an enum", { model: "gpt-image-2", quality: "hd" }],
    ["a refused field", { model: "gpt-image-2", seed: "1", markup: "text" }],
    ["a conflict", { model: "gpt-image-2", output_format: "svg", n: "2" }],
    ["a length", { prompt: "" }],
    ["a mask", { model: "gpt-image-2", mask: new Blob(["no image"], { type: "image/png" }) }],
  ])("for the error of %s", async (_title, fields) => {
    const response = await post(fields);
    expect(response.status).toBe(400);
    expectValid("ErrorResponse", await response.json());
  });

  test("for the errors of other requests", async () => {
    const headers = { authorization: "Bearer any" };
    const requests: [string, number, RequestInit][] = [
      ["/v1/images/edits", 401, { method: "POST" }],
      ["/v1/images/edits", 405, { headers }],
      ["/v1/images/edits", 400, { method: "POST", headers, body: "{}" }],
      ["/v1/images/edits", 413, { method: "POST", headers, body: new Uint8Array(1_000_001) }],
      ["/v1/models/no-such-model", 404, { headers }],
      ["/v1/other", 404, { headers }],
      ["/v1/images/edits?scenario=no-such", 400, { method: "POST", headers, body: await form() }],
    ];
    for (const [path, status, init] of requests) {
      const response = await fetch(server.url + path, init);
      expect([path, response.status]).toEqual([path, status]);
      expectValid("ErrorResponse", await response.json());
    }
  });

  test("for the list of models, and for one", async () => {
    const headers = { authorization: "Bearer any" };
    const list = await (await fetch(`${server.url}/v1/models`, { headers })).json();
    expectValid("ModelList", list);
    expect(list.data.length).toBeGreaterThan(10);
    expectValid("Model", await (await fetch(`${server.url}/v1/models/gpt-image-1`, { headers })).json());
  });

  function form(): FormData {
    const data = new FormData();
    for (const [name, value] of Object.entries({ prompt: "a hat", image, mask: hole }))
      data.append(name, value);
    return data;
  }
});

test.each([
  ["ImagesResponse", { data: [] }],
  ["ImagesResponse", { created: 1, data: [{ b64_json: "", shade: "red" }] }],
  ["ErrorResponse", { error: { code: "x" } }],
])("the check of %s fails for %j", (name, body) => {
  const validate = validator(name);
  expect(validate(body)).toBe(false);
});
