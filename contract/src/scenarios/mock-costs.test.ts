import { createImageClient, type EditResult, type ImageClient } from "@retouch/client";
import { costOf, estimateCost, modelNames, ratesOf } from "@retouch/client/models";
import { startMockServer } from "@retouch/mock/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drawImage, mask } from "../support/sample-images.ts";

let server: Awaited<ReturnType<typeof startMockServer>>;
let image: Uint8Array;

beforeAll(async () => {
  image = await drawImage();
  // The test is about tokens, not about rendering.
  server = await startMockServer({ render: async () => image });
});

afterAll(() => server.close());

async function resultOf(client: ImageClient, params: { model: string }): Promise<EditResult> {
  if (!("partial_images" in params)) return client.edit(params as never);
  for await (const event of client.stream(params as never))
    if (event.type === "completed") return event.result;
  throw new Error("The stream did not end with a result.");
}

/** Every quality and size whose price is known, with its US dollars. */
const priced = modelNames.flatMap((model) => {
  const { outputTokens, outputUsd, perMillionTokens } = ratesOf(model) ?? {};
  const perToken = (perMillionTokens?.imageOutput ?? Number.NaN) / 1_000_000;
  const table = outputTokens ?? outputUsd ?? {};
  return Object.entries(table).flatMap(([quality, sizes]) =>
    Object.entries(sizes).map(([size, value]) => ({
      model,
      quality,
      size,
      usd: outputTokens ? value * perToken : value,
    })),
  );
});

describe("the mock's usage costs what the price table says", () => {
  test("for most models", () => expect(new Set(priced.map(({ model }) => model)).size).toBeGreaterThan(4));

  test.each(priced)("$model, $quality, $size", async ({ model, quality, size, usd }) => {
    const client = createImageClient({ apiKey: "any", baseUrl: server.url });
    const params = {
      model,
      quality,
      size,
      image: new Blob([image as Uint8Array<ArrayBuffer>]),
      prompt: "a hat",
    };
    const { usage } = await client.edit(params);
    const perToken = (ratesOf(model)?.perMillionTokens?.imageOutput ?? 0) / 1_000_000;
    expect((usage?.outputTokens ?? 0) * perToken).toBeCloseTo(usd, 5);
  });
});

test.each([
  { model: "gpt-image-1", input_fidelity: "high" },
  { model: "gpt-image-1", quality: "high", size: "1536x1024", partial_images: 2 },
  { model: "gpt-image-2", quality: "medium", size: "1280x1024", n: 3 },
  { model: "gpt-image-2-2026-04-21" },
])("the mock's usage for %j costs at most the estimate", async (given) => {
  const client = createImageClient({ apiKey: "any", baseUrl: server.url });
  const files = {
    image: [1, 2].map(() => new Blob([image as Uint8Array<ArrayBuffer>])),
    mask: new Blob([(await mask()) as Uint8Array<ArrayBuffer>]),
  };
  const params = { ...given, ...files, prompt: "a red hat on the cat" };
  const { usage } = await resultOf(client, params);
  const cost = costOf(usage, ratesOf(given.model)) ?? Number.NaN;
  expect(cost).toBeGreaterThan(0);
  expect(cost).toBeLessThanOrEqual(estimateCost(params) ?? 0);
});
