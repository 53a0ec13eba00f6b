import { expectTypeOf, test } from "vitest";
import { type ApiClientOptions, createApiClient, type paths } from "./index.ts";

const api = createApiClient({ apiKey: "k" });
const image = new Blob();

test("a path, its body and its responses have the types of the spec", async () => {
  const { data, error, response } = await api.POST("/v1/images/edits", {
    body: { model: "gpt-image-1", image: [image], prompt: "A hat", n: 2 },
  });
  expectTypeOf<Parameters<typeof api.POST>[0]>().toExtend<keyof paths>();
  expectTypeOf(data).not.toBeAny();
  expectTypeOf(error).not.toBeAny();
  expectTypeOf(response).toEqualTypeOf<Response>();
  if (data && "data" in data) expectTypeOf(data.data).toBeArray();
});

test("what the spec does not have is an error", () => {
  // @ts-expect-error No such path.
  void api.POST("/v1/images/edit", { body: { image: [image], prompt: "A hat" } });
  // @ts-expect-error The path has no GET.
  void api.GET("/v1/images/edits");
  // @ts-expect-error The prompt is missing.
  void api.POST("/v1/images/edits", { body: { image: [image] } });
  // @ts-expect-error `n` is a number.
  void api.POST("/v1/images/edits", { body: { image: [image], prompt: "A hat", n: "2" } });
  // @ts-expect-error Nothing is retried.
  createApiClient({ apiKey: "k", maxRetries: 2 });
  expectTypeOf<ApiClientOptions>().not.toHaveProperty("timeoutMs");
});
