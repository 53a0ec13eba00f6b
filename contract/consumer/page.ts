/** Uses of the public API that a page can write, for every entry point that runs there: compiled, never run. */
import {
  createImageClient,
  type EditedImage,
  type EditOptions,
  type EditParams,
  type EditResult,
  isHttpError,
  isInvalidInputError,
  isRetouchError,
  type Outcome,
  type Problem,
  type UploadProgress,
} from "@retouch/client";
import { createApiClient } from "@retouch/client/api";
import { createProxyClient, createImageClient as createXhrClient } from "@retouch/client/browser";
import { createMask, maskFromAlpha, maskFromBlackWhite } from "@retouch/client/mask";
import { estimateCost, limitsOf, modelNames } from "@retouch/client/models";
import { createTestClient, type TestStep, tinyPng } from "@retouch/client/testing";
import { createHandlers, scenarioNames } from "@retouch/mock";
import { EditSession, MaskPainter, proxyTransport, useImageEdit, useMask } from "@retouch/react-hooks";

const photo = new Blob([tinyPng()]);
const params = { model: "gpt-image-1", image: photo, prompt: "a red door", size: "auto" } as const;
const typed: EditParams<"gpt-image-1"> = params;
const options: EditOptions = {
  signal: new AbortController().signal,
  onUploadProgress: ({ loadedBytes, totalBytes }: UploadProgress) => void (loadedBytes / totalBytes),
};

export async function edit(): Promise<readonly EditedImage[]> {
  const client = createImageClient({
    apiKey: async () => "key-of-the-server",
    baseUrl: "https://api.example.com",
  });
  try {
    const result: EditResult = await client.edit(typed, options);
    for (const warning of result.warnings satisfies readonly Problem[]) warning.message.trim();
    return result.images;
  } catch (error) {
    if (isInvalidInputError(error)) for (const problem of error.problems) problem.field.trim();
    if (isHttpError(error)) error.status.toFixed();
    if (isRetouchError(error)) outcomes.push(error.outcome);
    throw error;
  }
}

const outcomes: Outcome[] = [];

export async function everyEntry(): Promise<void> {
  for await (const event of createXhrClient({ apiKey: "key-of-the-server" }).stream({
    ...params,
    partial_images: 2,
  })) {
    if (event.type !== "completed") continue;
    // A blob takes no bytes that may be shared with a worker.
    for (const image of event.result.images) new Blob([await image.bytes()]);
  }
  const proxied = createProxyClient({ url: "/api/image-edit", headers: { "x-csrf": "token" } });
  await proxied.check({ model: "acme-9", image: photo, prompt: "x", quality: "any", extra: { seed: 0 } });
  const api = createApiClient({ apiKey: "key", dangerouslyAllowBrowser: true });
  const { data } = await api.POST("/v1/images/edits", { body: { image: [photo], prompt: "x" } });
  if (data && "choices" in data) data.choices.at(0);
  const mask = createMask({ width: 8, height: 8 }).rectangle({ x: 0, y: 0, width: 4, height: 4 }).invert();
  await proxied.edit({ ...params, mask: await mask.toPng() });
  await maskFromAlpha(photo, { threshold: 1 });
  await maskFromBlackWhite(photo, { edit: "black" });
  const step: TestStep = { type: "failure", outcome: "unknown" };
  const test = createTestClient({ calls: [[step]] });
  await test.edit({ image: photo, prompt: "x" });
  test.requests[0]?.fields["prompt"]?.trim();
  createHandlers({ baseUrl: "https://api.example.com", scenario: "moderation" }).requests.at(0);
  const usd: number | undefined = estimateCost(params, { perImage: 0.04 });
  modelNames.map((name) => limitsOf(name)).concat();
  scenarioNames.includes("ok");
  usd?.toFixed();
}

export function Editor(): string {
  const { status, current, edit: start, cancel } = useImageEdit({ transport: proxyTransport("/api/edit") });
  const mask = useMask({ width: 8, height: 8 });
  void start({ prompt: "x" }).then(cancel);
  void mask.toMask();
  return `${status} ${current?.url}`;
}

export const others = { EditSession, MaskPainter };

// @ts-expect-error `hd` is not a quality of this model.
void createImageClient({}).edit({ ...params, quality: "hd" });
// @ts-expect-error URLs and paths are only opened on Node.
void createImageClient({}).edit({ ...params, image: "photo.png" });
