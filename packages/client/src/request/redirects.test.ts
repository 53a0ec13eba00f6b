import { afterEach, describe, expect, it } from "vitest";
import { createImageClient } from "../create-image-client.ts";
import type { RetouchError } from "../errors/errors.ts";
import { sampleImage } from "../fixtures/images.ts";
import { type EditServer, startEditServer } from "../fixtures/start-edit-server.ts";
import { createImageClient as createNodeClient } from "../node/create-image-client.ts";

let server: EditServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Edits through a server that redirects, and returns the error. */
async function errorOf(
  create: typeof createNodeClient | typeof createImageClient,
  status: number,
  location: string | undefined,
  fetch?: typeof globalThis.fetch,
): Promise<RetouchError> {
  server = await startEditServer((response, { method }) => {
    if (method !== "POST") response.writeHead(404).end();
    else response.writeHead(status, location === undefined ? {} : { location }).end();
  });
  const client = create({ apiKey: "sk-test-key-0123", baseUrl: server.url, ...(fetch && { fetch }) });
  return client.edit({ model: "gpt-image-1", image: sampleImage(), prompt: "A red hat" }).then(
    () => expect.unreachable("it resolves"),
    (error: RetouchError) => error,
  );
}

describe("a redirect of an edit", () => {
  it.each([
    [307, "https://eu.api.test/v2/images/edits?sig=SECRET#SECRET", "https://eu.api.test/v2/images/edits"],
    [308, "/v2/edits?sig=SECRET", "/v2/edits"],
    [308, "//user:SECRET@other.test:8443/x", "//other.test:8443/x"],
    [307, "/t/sk-test-key-0123/x", "/t/[redacted]/x"],
  ])("with %i to %s is rejected on Node, with its origin and path", async (status, location, shown) => {
    const error = await errorOf(createNodeClient, status, location);
    expect(error).toMatchObject({ name: "HttpError", outcome: "rejected", status, code: `http_${status}` });
    expect(error.message).toContain("Nothing was billed.");
    expect(error.message).toMatch(/It redirects to https?:\/\//);
    expect(error.message).toContain(`${shown}. `);
    expect(error.message).toContain("Set `baseUrl`");
    expect(error.message).not.toMatch(/SECRET|sk-test/);
    expect(server?.received).toHaveLength(1);
  });

  it.each(["javascript:alert(1)", "http://[", undefined])(
    "to %s is rejected without a target",
    async (location) => {
      const error = await errorOf(createNodeClient, 308, location);
      expect(error).toMatchObject({ outcome: "rejected" });
      expect(error.message).not.toContain("It redirects");
      expect(error.message).toContain("Redirects are not followed");
    },
  );

  it.each([301, 302, 303])("with %i has an unknown outcome on Node", async (status) => {
    const error = await errorOf(createNodeClient, status, "/elsewhere");
    expect(error).toMatchObject({ name: "HttpError", outcome: "unknown", status });
    expect(error.message).toMatch(/may have been billed.*\/elsewhere/);
    expect(server?.received).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308])(
    "with %i has an unknown outcome on fetch, and a hint",
    async (status) => {
      const error = await errorOf(createImageClient, status, "/elsewhere");
      expect(error).toMatchObject({ name: "NetworkError", outcome: "unknown", code: "redirected" });
      expect(error.message).toContain("Set `baseUrl` to the final URL");
      expect(server?.received).toHaveLength(1);
    },
  );

  it.each([302, 303])("with %i that a given fetch followed has an unknown outcome", async (status) => {
    const follow: typeof fetch = (input, init) => {
      const { body, duplex: _, ...rest } = (init ?? {}) as RequestInit & { duplex?: string };
      return fetch(input, { ...rest, body: body ? "form" : null, redirect: "follow" });
    };
    const error = await errorOf(createImageClient, status, "/elsewhere", follow);
    expect(error).toMatchObject({ name: "NetworkError", outcome: "unknown", code: "redirected" });
    expect(server?.received.map(({ method }) => method)).toEqual(["POST", "GET"]);
  });
});
