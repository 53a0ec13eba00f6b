/** Uses of the public API that a server can write, for every entry point that runs there: compiled, never run. */
import { createServer } from "node:http";
import { createImageClient as createFetchClient, type ImageClient } from "@retouch/client";
import { costOf } from "@retouch/client/models";
import {
  createImageClient,
  type FileEditResult,
  type NodeClientOptions,
  readResponseFile,
} from "@retouch/client/node";
import { createImageEditHandler, type ImageEditHandlerOptions, toNodeListener } from "@retouch/client/server";
import { createTestClient } from "@retouch/client/testing";
import { type MockServer, startMockServer } from "@retouch/mock/server";

const options: NodeClientOptions = {
  apiKey: "key-of-the-server",
  baseUrl: "https://api.example.com/v1",
  imageUrls: {},
  onRequest: async ({ attempt, byteLength }) => void (attempt * byteLength),
};

export async function edit(): Promise<FileEditResult> {
  const client = createImageClient(options);
  await client.edit(
    { image: ["a.png", new URL("file:///b.png")], prompt: "x" },
    { responseFile: "answer.bin" },
  );
  await readResponseFile("answer.bin");
  const passedOn: ImageClient = client;
  await passedOn.check({ model: process.env["MODEL"], image: Buffer.alloc(8), prompt: "x" });
  const { usage } = await createFetchClient(options).edit({ image: Buffer.alloc(8), prompt: "x" });
  costOf(usage, { perImage: 0.04 })?.toFixed();
  await createTestClient().check({ image: new ArrayBuffer(8), prompt: "x" });
  return client.editToFiles(
    { model: "gpt-image-1", image: "photo.png", prompt: "x", n: 2 },
    { directory: "out", pathFor: ({ index, extension }) => `${index}.${extension}` },
  );
}

export async function proxy(): Promise<MockServer> {
  const given: ImageEditHandlerOptions = {
    apiKey: () => "key-of-the-server",
    authorize: (request) => request.headers.has("cookie"),
    allow: { models: ["gpt-image-1"] },
    limits: { maxN: 1 },
    rateLimit: () => ({ allowed: true }),
    onEvent: ({ type, outcome }) => void [type, outcome],
  };
  const handler: (request: Request) => Promise<Response> = createImageEditHandler(given);
  createServer(toNodeListener(handler)).listen(0);
  return startMockServer({ scenario: "rate-limited x2, then ok", latencyMs: 5 });
}

// @ts-expect-error `authorize` is required: the server decides who may spend money.
createImageEditHandler({ apiKey: "key-of-the-server" });
