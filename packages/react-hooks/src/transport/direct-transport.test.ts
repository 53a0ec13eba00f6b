import { createImageClient } from "@retouch/client";
import { createTestClient, tinyPng } from "@retouch/client/testing";
import { describe, expect, it, test } from "vitest";
import { EditSession } from "../session/edit-session.ts";
import { directTransport } from "./direct-transport.ts";

/** Responds to any request with a stream that completes three images, although one was requested. */
async function completeThree(): Promise<Response> {
  const image = Buffer.from(tinyPng()).toString("base64");
  const event = `data: ${JSON.stringify({ type: "image_edit.completed", b64_json: image })}\n\n`;
  return new Response(event.repeat(3), { headers: { "content-type": "text/event-stream" } });
}

test("directTransport returns every image of a stream that completes more than requested", async () => {
  const transport = directTransport(createImageClient({ apiKey: "any-long-key", fetch: completeThree }));
  const params = { model: "acme-9", prompt: "Paint it", image: [tinyPng()], stream: true };
  const { signal } = new AbortController();
  const { images } = await transport.run(params, { signal, onUploadProgress() {}, onPartial() {} });
  expect(images).toHaveLength(3);
});

describe("directTransport and the session", () => {
  const params = { model: "gpt-image-1", image: new Blob([tinyPng()]), prompt: "Paint it" };

  function setUp(apiKey?: () => Promise<string>) {
    const client = createTestClient({ calls: [[{ type: "result" }]], ...(apiKey && { apiKey }) });
    const session = new EditSession({ transport: directTransport(client) });
    const statuses: string[] = [];
    session.subscribe(() => statuses.push(session.getSnapshot().status));
    return { client, session, statuses };
  }

  it("an edit that preflight refuses is never shown as uploading", async () => {
    const { client, session, statuses } = setUp();
    await session.edit({ ...params, prompt: "" });
    expect(statuses).toEqual(["preparing", "error"]);
    expect(client.requests).toHaveLength(0);
  });

  it("an edit that is canceled during preflight was not sent", async () => {
    const { client, session } = setUp();
    const result = session.editOrThrow(params);
    session.cancel();
    await expect(result).rejects.toThrow("The edit was canceled.");
    expect(session.getSnapshot()).toMatchObject({ status: "canceled", outcome: "not-sent" });
    expect(client.requests).toHaveLength(0);
  });

  it("an edit that is canceled as soon as it is sent may have been billed", async () => {
    const { session, statuses } = setUp();
    session.subscribe(() => {
      if (session.getSnapshot().status === "uploading") session.cancel();
    });
    await session.edit(params);
    expect(statuses).toEqual(["preparing", "uploading", "canceled"]);
    expect(session.getSnapshot()).toMatchObject({ status: "canceled", outcome: "unknown" });
  });
});
