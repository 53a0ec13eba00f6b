import { createImageClient, type ImageClient, isInvalidInputError } from "@retouch/client";
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

  test("posts an image without a type, which is refused, and ours reads the type from the bytes", async () => {
    const image = await toFile(sample, "image");
    await expect(official().images.edit({ ...params, image })).rejects.toThrow("unsupported mimetype");
    expect(server.requests).toHaveLength(1);
    expect((await ours().edit({ ...params, image: sample })).images).toHaveLength(1);
  });

  test("posts each mistake, and ours reports all of them before anything is sent", async () => {
    const mistakes = { mask: await drawImage("png", 96, 64), size: "123x456", quality: "hd" } as const;
    const image = await toFile(sample, "image.png", { type: "image/png" });
    for (const [field, value] of Object.entries(mistakes)) {
      const given = field === "mask" ? await toFile(mistakes.mask, "mask.png", { type: "image/png" }) : value;
      const edited = official().images.edit({ ...params, image, [field]: given });
      await expect(edited, field).rejects.toMatchObject({ status: 400 });
    }
    expect(server.requests).toHaveLength(3);
    server.reset();
    const error = await ours()
      .edit({ ...params, image: sample, ...mistakes } as never)
      .catch((seen: unknown) => seen);
    const fields = isInvalidInputError(error) ? error.problems.map(({ field }) => field) : [];
    expect(fields.toSorted()).toEqual(["mask", "quality", "size"]);
    expect(server.requests).toHaveLength(0);
  });
});

const params = { model: "gpt-image-1", prompt: "Plant a tree" } as const;

function official(): OpenAI {
  return new OpenAI({ apiKey: "any", baseURL: `${server.url}/v1`, maxRetries: 0 });
}

function ours(): ImageClient {
  return createImageClient({ apiKey: "any", baseUrl: server.url });
}
