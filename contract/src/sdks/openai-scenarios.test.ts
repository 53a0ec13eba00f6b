import { createImageClient } from "@retouch/client";
import { startMockServer } from "@retouch/mock/server";
import OpenAI, { APIConnectionError, type APIError, toFile } from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { drawImage } from "../support/sample-images.ts";

let server: Awaited<ReturnType<typeof startMockServer>>;
let sample: Uint8Array;

beforeAll(async () => {
  sample = await drawImage("png", 96, 64);
  server = await startMockServer({ render: async () => sample });
});
afterEach(() => server.reset());
afterAll(() => server.close());

async function edit(scenario: string, maxRetries = 0) {
  const client = new OpenAI({
    apiKey: "any",
    baseURL: `${server.url}/v1`,
    maxRetries,
    defaultHeaders: { "x-mock-scenario": scenario },
  });
  const image = await toFile(sample, "image.png", { type: "image/png" });
  return client.images.edit({ model: "gpt-image-1", prompt: "Plant a tree", image });
}

const refusalOf = (scenario: string, maxRetries?: number): Promise<APIError> =>
  edit(scenario, maxRetries).then(
    () => Promise.reject(new Error("The mock accepted it.")),
    (error: APIError) => error,
  );

describe("the official SDK against the mock", () => {
  test("receives image URLs that can be fetched without the key", async () => {
    const { data } = await edit("url");
    const response = await fetch(data?.[0]?.url ?? "");
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(sample);
  });

  test.each([
    ["moderation", { status: 400, code: "moderation_blocked", type: "image_generation_user_error" }],
    ["rate-limited", { status: 429, code: "rate_limit_exceeded" }],
    ["quota", { status: 429, code: "insufficient_quota" }],
    ["model-not-found", { status: 404, code: "model_not_found" }],
    ["server-error", { status: 500 }],
  ])("understands `%s`, with a request id for support", async (scenario, expected) => {
    const error = await refusalOf(scenario);
    expect(error).toMatchObject(expected);
    expect(error.requestID).toMatch(/./);
  });

  test("obeys the headers that control when and whether to retry", async () => {
    expect((await edit("rate-limited x2, then ok", 2)).data).toHaveLength(1);
    expect(server.requests.map(({ status }) => status)).toEqual([429, 429, 200]);
    server.reset();
    expect(await refusalOf("quota", 2)).toMatchObject({ status: 429 });
    expect(server.requests).toHaveLength(1);
  });

  test.each(["server-error", "html-524", "reset"])(
    "posts `%s` three times by default, which may be billed three times, and ours once",
    async (scenario) => {
      const { maxRetries } = new OpenAI({ apiKey: "any" });
      const error = await refusalOf(scenario, maxRetries);
      if (scenario === "reset") expect(error).toBeInstanceOf(APIConnectionError);
      if (scenario === "html-524") expect(error.message).toContain("<html");
      expect(server.requests).toHaveLength(3);
      server.reset();
      const headers = { "x-mock-scenario": scenario };
      const ours = createImageClient({ apiKey: "any", baseUrl: server.url, headers });
      const edited = ours.edit({ model: "gpt-image-1", prompt: "Plant a tree", image: sample });
      const message = expect.not.stringContaining("<");
      await expect(edited).rejects.toMatchObject({ outcome: "unknown", message });
      expect(server.requests).toHaveLength(1);
    },
  );

  test("uploads a form that our preflight would reject, and an image without a type", async () => {
    const client = new OpenAI({ apiKey: "any", baseURL: `${server.url}/v1` });
    const params = { model: "gpt-image-1", prompt: "Plant a tree" } as const;
    const untyped = await toFile(sample, "image");
    await expect(client.images.edit({ ...params, image: untyped })).rejects.toThrow("unsupported mimetype");
    expect(server.requests).toHaveLength(1);
  });
});
