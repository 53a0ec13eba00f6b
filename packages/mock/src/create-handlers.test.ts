import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createHandlers, scenarioNames } from "./index.ts";
import { drawScene } from "./testing/draw-scene.ts";
import { editForm } from "./testing/edit-form.ts";

const server = setupServer();
beforeAll(() => server.listen({ onUnhandledFrame: "error" }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

const url = "https://images.test/v1/images/edits";

async function post(fields: Record<string, string> = {}, headers: Record<string, string> = {}, at = url) {
  const body = editForm({ image: await drawScene(64, 64), prompt: "a hat", ...fields });
  return fetch(at, { method: "POST", body, headers: { authorization: "Bearer sk-mock", ...headers } });
}

test("responds to a real fetch under msw with an image, and logs the form", async () => {
  const handlers = createHandlers({ baseUrl: "https://images.test" });
  server.use(...handlers);
  const response = await post({ model: "gpt-image-1" });
  expect(response.status).toBe(200);
  const payload = await response.json();
  expect(Buffer.from(payload.data[0].b64_json, "base64").subarray(1, 4).toString()).toBe("PNG");
  expect(handlers.requests).toHaveLength(1);
  expect(handlers.requests[0]).toMatchObject({
    status: 200,
    scenario: "ok",
    model: "gpt-image-1",
    done: true,
  });
  expect(handlers.requests[0]?.parts.map((part) => part.name)).toEqual(["prompt", "model", "image"]);
});

test.each(["https://images.test/v1", "https://images.test/", new URL("https://images.test")])(
  "takes %s as base URL",
  async (baseUrl) => {
    server.use(...createHandlers({ baseUrl, render: "drawn" }));
    expect((await post()).status).toBe(200);
  },
);

test("handles every host without a base URL, below any path", async () => {
  server.use(...createHandlers({ render: "drawn" }));
  expect((await post({}, {}, "https://gateway.test/proxy/v1/images/edits")).status).toBe(200);
});

test("serves the images of the url scenario itself", async () => {
  server.use(...createHandlers({ render: "drawn", scenario: "url" }));
  const payload = await (await post({}, {}, "https://gateway.test/proxy/v1/images/edits")).json();
  expect(payload.data[0].url).toBe("https://gateway.test/proxy/mock/images/1.png");
  const image = await fetch(payload.data[0].url);
  expect(image.headers.get("content-type")).toBe("image/png");
  expect(new Uint8Array(await image.arrayBuffer())[0]).toBe(0x89);
});

test("mocks the path of a proxy, without a key", async () => {
  const handlers = createHandlers({
    render: "drawn",
    proxyPath: "/api/image-edit",
    apiKey: "sk-of-the-server",
  });
  server.use(...handlers);
  const body = editForm({ image: await drawScene(64, 64), prompt: "a hat" });
  const response = await fetch("https://app.test/api/image-edit", { method: "POST", body });
  expect(response.status).toBe(200);
  expect(handlers.requests).toMatchObject([{ path: "/api/image-edit", status: 200 }]);
});

test("streams events", async () => {
  const handlers = createHandlers({ render: "drawn" });
  server.use(...handlers);
  const text = await (await post({ stream: "true", partial_images: "2" })).text();
  expect(text.match(/^event: .*/gm)).toEqual([
    "event: image_edit.partial_image",
    "event: image_edit.partial_image",
    "event: image_edit.completed",
  ]);
  expect(handlers.requests[0]).toMatchObject({ done: true, aborted: false });
});

test("rejects scenarios that need a socket: immediately as an option, with 501 as a header", async () => {
  for (const scenario of ["hang", "reset", "truncated", "slow", "stream-cut"]) {
    expect(() => createHandlers({ scenario })).toThrow(/startMockServer/);
  }
  server.use(...createHandlers({ render: "drawn" }));
  const response = await post({}, { "x-mock-scenario": "ok, then reset" });
  expect(response.status).toBe(501);
  expect((await response.json()).error).toMatchObject({ code: "scenario_needs_socket" });
});

test("rejects an unknown scenario by naming the known ones", () => {
  expect(() => createHandlers({ scenario: "okay" })).toThrow(scenarioNames.join(", "));
});
