import { expectTypeOf, test } from "vitest";
import { type ApiClientOptions, createApiClient, type OpenAIPaths, type paths } from "./index.ts";

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

test("the paths of another vendor have the types of its document", async () => {
  const openai = createApiClient<OpenAIPaths>({ apiKey: "k", baseUrl: "https://api.openai.com" });
  const { data } = await openai.GET("/v1/models/{model}", { params: { path: { model: "gpt-image-2" } } });
  expectTypeOf(data?.owned_by).toEqualTypeOf<string | undefined>();
  void openai.POST("/v1/images/edits", { body: { images: [{ file_id: "file-1" }], prompt: "A hat" } });
  // @ts-expect-error The other vendor's document has no such operation.
  void api.DELETE("/v1/models/{model}", { params: { path: { model: "gpt-image-2" } } });
  // @ts-expect-error A frame more than a number.
  void openai.POST("/v1/images/edits", { body: { image: [image], prompt: "A hat", frame_count: "9" } });
});
