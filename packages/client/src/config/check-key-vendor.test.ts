import { describe, expect, it, vi } from "vitest";
import { createImageClient as createBrowserClient } from "../browser/index.ts";
import { createImageClient } from "../create-image-client.ts";
import { type ConfigurationError, isConfigurationError } from "../errors/errors.ts";
import { sampleImage } from "../fixtures/images.ts";
import { defaultBaseUrl } from "../generated/endpoint.gen.ts";
import { defaultServerName, keyVendors } from "../generated/servers.gen.ts";
import { createImageClient as createNodeClient } from "../node/index.ts";
import type { ImageClientOptions } from "../options.ts";
import { createImageEditHandler } from "../server/index.ts";
import { createTestClient } from "../testing/index.ts";

const keys = Object.entries(keyVendors).flatMap(([vendor, { baseUrl, keyPrefixes }]) =>
  keyPrefixes.map((prefix) => ({ vendor, baseUrl, key: `${prefix}SECRET-0123456789` })),
);
const key = "sk-proj-SECRET-0123456789";
const params = { image: sampleImage(), prompt: "A red hat" };

function errorOf(create: () => unknown): ConfigurationError {
  try {
    create();
  } catch (error) {
    if (isConfigurationError(error)) return error;
    throw error;
  }
  return expect.unreachable("it is accepted");
}

describe("a key of another vendor without `baseUrl`", () => {
  it.each(["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-ant-", "sk-or-", "xai-", "gsk_", "AIza"])(
    "is recognized by its prefix %s",
    (prefix) => {
      expect(keys.map((one) => one.key)).toContain(`${prefix}SECRET-0123456789`);
    },
  );

  it.each(keys)("names both servers and not the key ($key)", ({ vendor, baseUrl, key: apiKey }) => {
    const { message, code, outcome } = errorOf(() => createImageClient({ apiKey }));
    expect({ code, outcome }).toEqual({ code: "foreign_api_key", outcome: "not-sent" });
    for (const part of [vendor, baseUrl, defaultServerName, defaultBaseUrl]) expect(message).toContain(part);
    expect(message).not.toContain("SECRET");
    createImageClient({ apiKey, baseUrl });
    createImageClient({ apiKey, baseUrl: defaultBaseUrl });
  });

  it.each<[string, (options: ImageClientOptions) => unknown]>([
    [".", createImageClient],
    ["../node", createNodeClient],
    ["../browser", createBrowserClient],
    ["../testing", createTestClient],
    ["../server", ({ apiKey = "" }) => createImageEditHandler({ apiKey, authorize: "public" })],
  ])("is rejected when a client of %s is created", (_entry, create) => {
    expect(errorOf(() => create({ apiKey: key })).code).toBe("foreign_api_key");
    expect(errorOf(() => create({ apiKey: ` "${key}"\n`.trim() })).code).toBe("foreign_api_key");
    create({ apiKey: `k-${key}` });
  });

  it.each<ImageClientOptions>([
    { headers: { Authorization: `Bearer ${key}` } },
    { headers: { "x-api-key": key } },
    { apiKey: "key-0001", headers: { "x-goog-api-key": key } },
    { apiKey: "key-0001", query: { key } },
  ])("is rejected in %j", (options) => {
    expect(errorOf(() => createImageClient(options)).code).toBe("foreign_api_key");
    createImageClient({ ...options, baseUrl: "https://a.example" });
  });

  it("passes a header that holds no key, whatever its value begins with", () => {
    createImageClient({ apiKey: "key-0001", headers: { "x-model": "hf_llama" } });
  });

  it.each<[string, (options: ImageClientOptions) => ReturnType<typeof createImageClient>]>([
    [".", createImageClient],
    ["../node", createNodeClient as typeof createImageClient],
    ["../browser", createBrowserClient],
  ])("sends nothing when a function returns it to a client of %s", async (_entry, create) => {
    const fetch = vi.fn(() => Promise.reject(new Error("sent")));
    const client = create({ apiKey: async () => key, fetch });
    await expect(client.edit(params)).rejects.toMatchObject({ code: "foreign_api_key", outcome: "not-sent" });
    await expect(client.stream(params).next()).rejects.toMatchObject({ code: "foreign_api_key" });
    expect(fetch).not.toHaveBeenCalled();
  });

  it("sends nothing when a call's own headers hold it", async () => {
    const fetch = vi.fn(() => Promise.reject(new Error("sent")));
    const client = createImageClient({ apiKey: "key-0001", fetch });
    const headers = { authorization: `Bearer ${key}` };
    await expect(client.edit(params, { headers })).rejects.toMatchObject({ code: "foreign_api_key" });
    expect(fetch).not.toHaveBeenCalled();
  });

  it("is reported to the page of a proxy as a setting of the server, without a name", async () => {
    const fetch = vi.fn(() => Promise.reject(new Error("sent")));
    const handler = createImageEditHandler({ apiKey: async () => key, authorize: "public", fetch });
    const body = new FormData();
    body.append("prompt", "A red hat");
    body.append("image", new Blob([sampleImage()]), "a.png");
    const response = await handler(new Request("http://localhost/api", { method: "POST", body }));
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain("foreign_api_key");
    for (const part of ["SECRET", "OpenAI", "openai", defaultServerName]) expect(text).not.toContain(part);
    expect(fetch).not.toHaveBeenCalled();
  });
});
