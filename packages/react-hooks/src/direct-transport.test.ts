import { createImageClient } from "@retouch/client";
import { tinyPng } from "@retouch/client/testing";
import { expect, test } from "vitest";
import { directTransport } from "./direct-transport.ts";

/** Answers any request with a stream that completes three pictures, though one was asked for. */
async function completeThree(): Promise<Response> {
  const picture = Buffer.from(tinyPng()).toString("base64");
  const event = `data: ${JSON.stringify({ type: "image_edit.completed", b64_json: picture })}\n\n`;
  return new Response(event.repeat(3), { headers: { "content-type": "text/event-stream" } });
}

test("gives every picture of a stream that completes more than were asked for", async () => {
  const transport = directTransport(createImageClient({ apiKey: "any", fetch: completeThree }));
  const params = { model: "acme-9", prompt: "Paint it", image: [tinyPng()], stream: true };
  const { signal } = new AbortController();
  const { images } = await transport.run(params, { signal, onUploadProgress() {}, onPartial() {} });
  expect(images).toHaveLength(3);
});
