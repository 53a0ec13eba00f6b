import { describe, expect, it } from "vitest";
import { resolveSettings } from "../config/resolve-settings.ts";
import { dialectNames } from "../generated/dialect-names.gen.ts";
import type { ImageClientOptions } from "../options.ts";
import { resolveDialect } from "./resolve-dialect.ts";

const apiKey = "sk-test-key-0123";
const resolve = (options: ImageClientOptions, proxyUrl?: string) =>
  resolveDialect(resolveSettings({ apiKey, ...options }, { proxyUrl }));

describe(resolveDialect, () => {
  it.each([
    ["https://gw.example", "/v1/async/images/edits", "https://gw.example/v1/async/images/edits"],
    ["https://gw.example/v1", "/v1/async/images/edits", "https://gw.example/v1/async/images/edits"],
    ["https://gw.example/api/v1", "/v1/async/images/edits", "https://gw.example/api/v1/async/images/edits"],
    [
      "https://gw.example/v1/images/edits",
      "/v1/async/images/edits",
      "https://gw.example/v1/async/images/edits",
    ],
    [
      "https://gw.example/v1/async/images/edits",
      "/v1/async/images/edits",
      "https://gw.example/v1/async/images/edits",
    ],
    ["https://gw.example/v1", "/images/edits", "https://gw.example/v1/images/edits"],
    ["https://gw.example/dev1", "/v1/images/edits", "https://gw.example/dev1/v1/images/edits"],
  ])("posts to the dialect's path after %s without repeating a part of it", async (baseUrl, path, url) => {
    expect((await resolve({ baseUrl, dialect: { path } })).url).toBe(url);
  });

  it("loads a preset by its name, and lets properties override it", async () => {
    const baseUrl = "https://x.openai.azure.com/openai/deployments/gpt";
    const query = { "api-version": "2025" };
    expect(await resolve({ baseUrl, query, dialect: "azure-deployments" })).toEqual({
      dialect: { path: "/images/edits", keyHeader: "api-key" },
      url: `${baseUrl}/images/edits?api-version=2025`,
      root: baseUrl,
      label: "POST /images/edits",
    });
    const { dialect } = await resolve({
      baseUrl,
      dialect: { preset: "azure-deployments", keyHeader: "x-key", path: undefined, query: { a: "1" } },
    });
    expect(dialect).toEqual({ path: "/images/edits", keyHeader: "x-key", query: { a: "1" } });
  });

  it("overrides the query of a dialect, and of a pasted endpoint, with that of the options", async () => {
    const baseUrl = "https://a.example/v1/images/edits?api-version=1";
    const dialect = { query: { "api-version": "0", tenant: "t" } };
    expect((await resolve({ baseUrl, dialect })).url).toBe(`${baseUrl}&tenant=t`);
    expect((await resolve({ baseUrl, dialect, query: { "api-version": "2" } })).url).toBe(
      "https://a.example/v1/images/edits?api-version=2&tenant=t",
    );
  });

  it("sends nothing to the default server in another server's dialect", async () => {
    await expect(resolve({ dialect: "xai" })).rejects.toThrow(
      "`baseUrl` is missing, and `dialect` is that of xAI. Give `https://api.x.ai`.",
    );
    await expect(resolve({ dialect: "vllm-omni" })).rejects.toThrow("Give the URL of your server.");
    expect((await resolve({ dialect: "chainhub" })).url).toContain("/v1/images/edits");
  });

  it.each([
    [{ imagefield: "image" } as never, "has `imagefield`, which is not one of its properties"],
    [{ path: "images?x=1" }, "`dialect.path` must be a path without a query"],
    [{ path: "//evil.example/v1" }, "`dialect.path` must be a path without a query"],
    [{ body: "form" } as never, '`dialect.body` must be "json" or "multipart"'],
  ])("rejects the dialect %o", async (dialect, message) => {
    await expect(resolve({ baseUrl: "https://a.example", dialect })).rejects.toThrow(message);
  });

  it("rejects a dialect of a client that sends to an image-edit proxy", async () => {
    await expect(resolve({ dialect: "xai" }, "https://a.example/edit")).rejects.toThrow(
      "Set it in the proxy.",
    );
  });

  it("resolves every preset", async () => {
    for (const name of dialectNames)
      expect((await resolve({ baseUrl: "https://a.example/x", dialect: name })).url).toMatch(/^https:/);
  });
});
