/**
 * The required behavior of the built files in every runtime: an edit, an error, a stream and an abort against a mock server.
 * Plain JavaScript on web standards only, so that Node, Bun, Deno, workerd and a page run the same source.
 *
 * @param {{ createImageClient: Function, isRetouchError: Function }} client the entry point under test
 * @param {{ baseUrl: string, image: Uint8Array, options?: object }} world
 * @returns {Promise<Record<string, unknown>>} the observed results, which the test compares
 */
export async function smoke({ createImageClient, isRetouchError }, { baseUrl, image, options = {} }) {
  const seen = {};
  const clientFor = (scenario) =>
    createImageClient({
      apiKey: "smoke-key",
      baseUrl,
      maxRetries: 0,
      headers: { "x-mock-scenario": scenario },
      ...options,
    });
  const params = { model: "gpt-image-1", image, prompt: "Paint the sky green", size: "1024x1024" };

  const { images, usage, requestId } = await clientFor("ok").edit(params);
  const bytes = await images[0].bytes();
  seen.edit = {
    images: images.length,
    mediaType: images[0].mediaType,
    width: images[0].width,
    height: images[0].height,
    isPng: bytes[0] === 0x89 && bytes[1] === 0x50,
    hasUsage: usage?.totalTokens > 0,
    hasRequestId: typeof requestId === "string",
  };

  const failure = await clientFor("server-error")
    .edit(params)
    .catch((error) => error);
  seen.error = { branded: isRetouchError(failure), outcome: failure.outcome, status: failure.status };

  const refused = await clientFor("ok")
    .edit({ ...params, n: 99 })
    .catch((error) => error);
  seen.refused = { branded: isRetouchError(refused), outcome: refused.outcome };

  const types = [];
  for await (const event of clientFor("ok").stream({ ...params, partial_images: 2 })) types.push(event.type);
  seen.stream = types;

  const controller = new AbortController();
  const pending = clientFor("hang").edit(params, { signal: controller.signal });
  const reason = new Error("the user left");
  setTimeout(() => controller.abort(reason), 50);
  seen.abort = (await pending.catch((error) => error)) === reason;
  return seen;
}

/** The required result of {@link smoke} in every runtime. */
export const expected = {
  edit: {
    images: 1,
    mediaType: "image/png",
    width: 1024,
    height: 1024,
    isPng: true,
    hasUsage: true,
    hasRequestId: true,
  },
  error: { branded: true, outcome: "unknown", status: 500 },
  refused: { branded: true, outcome: "not-sent" },
  stream: ["partial", "partial", "completed"],
  abort: true,
};
