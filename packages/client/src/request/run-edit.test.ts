import { afterEach, describe, expect, it } from "vitest";
import { createImageClient } from "../create-image-client.ts";
import { sampleImage } from "../fixtures/images.ts";
import { type EditServer, startEditServer } from "../fixtures/start-edit-server.ts";
import { createImageClient as createNodeClient } from "../node/create-image-client.ts";

let server: EditServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const image = sampleImage();
const b64_json = Buffer.from(image).toString("base64");
const events = `data: ${JSON.stringify({ type: "image_edit.completed", b64_json })}\n\n`;

describe.each([
  ["fetch", createImageClient],
  ["node", createNodeClient],
] as const)("`edit` on %s", (_, create) => {
  it.each<[string, string | undefined, string]>([
    ["events declared as JSON", "application/json", events],
    ["events declared as text", "text/plain; charset=utf-8", `: hi\n\n${events}`],
    ["events of unknown type", undefined, `\ufeff\n${events}`],
    ["events after lines that mean nothing", "application/octet-stream", `pong\n\n1f8\n${events}`],
    ["JSON declared as events", "text/event-stream", JSON.stringify({ data: [{ b64_json }] })],
  ])("reads %s", async (__, contentType, body) => {
    server = await startEditServer((response) => {
      response.writeHead(200, contentType === undefined ? {} : { "content-type": contentType }).end(body);
    });
    const client = create({ apiKey: "sk-test-key-0123", baseUrl: server.url });
    const { images, warnings } = await client.edit({ model: "gpt-image-1", image, prompt: "A red hat" });
    expect(await images[0]?.bytes()).toEqual(image);
    expect(warnings).toEqual([]);
    expect(server.received).toHaveLength(1);
  });
});
