import { createImageClient } from "@retouch/client";
import { createTestClient, tinyPng } from "@retouch/client/testing";
import { describe, expect, it, test } from "vitest";
import { EditSession } from "../session/edit-session.ts";
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

describe("an edit that did not leave", () => {
  const params = { model: "gpt-image-1", image: new Blob([tinyPng()]), prompt: "Paint it" };

  function setUp(apiKey?: () => Promise<string>) {
    const client = createTestClient({ calls: [[{ type: "result" }]], ...(apiKey && { apiKey }) });
    const session = new EditSession({ transport: directTransport(client) });
    const statuses: string[] = [];
    session.subscribe(() => statuses.push(session.getSnapshot().status));
    return { client, session, statuses };
  }

  it("is never shown as uploading when preflight refuses it", async () => {
    const { client, session, statuses } = setUp();
    await session.edit({ ...params, prompt: "" });
    expect(statuses).toEqual(["preparing", "error"]);
    expect(client.requests).toHaveLength(0);
  });

  it("was not sent when it is canceled while it is checked", async () => {
    const { client, session } = setUp();
    const answer = session.editOrThrow(params);
    session.cancel();
    await expect(answer).rejects.toThrow("The edit was canceled.");
    expect(session.getSnapshot()).toMatchObject({ status: "canceled", outcome: "not-sent" });
    expect(client.requests).toHaveLength(0);
  });

  it("may have been billed when it is canceled from the moment that it leaves", async () => {
    const { session, statuses } = setUp();
    session.subscribe(() => {
      if (session.getSnapshot().status === "uploading") session.cancel();
    });
    await session.edit(params);
    expect(statuses).toEqual(["preparing", "uploading", "canceled"]);
    expect(session.getSnapshot()).toMatchObject({ status: "canceled", outcome: "unknown" });
  });
});
