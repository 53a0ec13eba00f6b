import { afterEach, describe, expect, it, vi } from "vitest";
import { type ConfigurationError, isConfigurationError } from "../errors/errors.ts";
import type { ImageClientOptions } from "../options.ts";
import { resolveDialect } from "../request/resolve-dialect.ts";
import { resolveSettings } from "./resolve-settings.ts";

const apiKey = "sk-test-key-0123";
const resolve = (options: ImageClientOptions, proxyUrl?: string) =>
  resolveSettings({ apiKey, ...options }, { proxyUrl });

const urlOf = async (options: ImageClientOptions, proxyUrl?: string) =>
  (await resolveDialect(resolve(options, proxyUrl))).url;

function rejectionOf(options: ImageClientOptions): ConfigurationError {
  try {
    resolve(options);
  } catch (error) {
    if (isConfigurationError(error)) return error;
    throw error;
  }
  return expect.unreachable("it is accepted");
}

afterEach(() => vi.unstubAllGlobals());

describe(resolveSettings, () => {
  it.each([
    ["https://a.example", "https://a.example/v1/images/edits"],
    ["https://a.example/", "https://a.example/v1/images/edits"],
    ["https://a.example/v1", "https://a.example/v1/images/edits"],
    ["https://a.example/v1/", "https://a.example/v1/images/edits"],
    ["https://a.example/api/v1//", "https://a.example/api/v1/images/edits"],
    ["https://a.example/v1/images/edits", "https://a.example/v1/images/edits"],
    ["https://a.example/api/v3/", "https://a.example/api/v3/images/edits"],
    ["https://a.example/v12", "https://a.example/v12/images/edits"],
    ["https://a.example/v", "https://a.example/v/v1/images/edits"],
    ["https://a.example/openai-like", "https://a.example/openai-like/v1/images/edits"],
    ["https://a.example/v1/openai", "https://a.example/v1/openai/images/edits"],
    ["https://a.example/v1/openai/images/edits/", "https://a.example/v1/openai/images/edits"],
    ["https://x.openai.azure.com/openai/v1/", "https://x.openai.azure.com/openai/v1/images/edits"],
    [
      "https://x.openai.azure.com/openai/v1/images/edits?api-version=v1",
      "https://x.openai.azure.com/openai/v1/images/edits?api-version=v1",
    ],
    [
      "https://x.openai.azure.com/openai/deployments/gpt/images/edits?api-version=2025-04-01-preview",
      "https://x.openai.azure.com/openai/deployments/gpt/images/edits?api-version=2025-04-01-preview",
    ],
    ["http://127.0.0.1:4010", "http://127.0.0.1:4010/v1/images/edits"],
    ["http://localhost:1/v1", "http://localhost:1/v1/images/edits"],
    ["http://[::1]:1", "http://[::1]:1/v1/images/edits"],
  ])("posts to the edits of %s", async (baseUrl, url) => {
    expect(await urlOf({ baseUrl })).toBe(url);
  });

  it("takes Azure's path, and a key in a header", async () => {
    const settings = resolveSettings(
      {
        baseUrl: "https://x.openai.azure.com/openai/deployments/gpt",
        dialect: { path: "/images/edits" },
        query: { "api-version": "2025" },
        headers: { "Api-Key": "k" },
      },
      {},
    );
    expect((await resolveDialect(settings)).url).toBe(
      "https://x.openai.azure.com/openai/deployments/gpt/images/edits?api-version=2025",
    );
    expect(settings.needsKey).toBe(false);
  });

  it.each([
    ["ftp://a.example", "must be an http(s) URL"],
    ["a.example", "must be an http(s) URL"],
    ["", "must be an http(s) URL"],
    ["https://user:MARKER@a.example", "user name or password"],
    ["https://a.example?key=MARKER", "query or a fragment"],
    ["https://a.example/v1/images/edits?api-version=1&sig=MARKER", "query or a fragment"],
    ["https://a.example#MARKER", "query or a fragment"],
    ["http://a.example", "plain http"],
    ["http://127.0.0.1.evil.example", "plain http"],
    ["http://192.168.1.2", "plain http"],
  ])("rejects the base URL %s without quoting it", (baseUrl, text) => {
    const { message, outcome } = rejectionOf({ baseUrl });
    expect(message).toContain(text);
    expect(message).not.toContain("MARKER");
    expect(outcome).toBe("not-sent");
  });

  it("allows plain http with `allowInsecureHttp`", () => {
    expect(resolve({ baseUrl: "http://192.168.1.2", allowInsecureHttp: true }).origin).toBe(
      "http://192.168.1.2",
    );
  });

  it.each([
    [{ apiKey: "" }, "missing_api_key"],
    [{ apiKey: undefined }, "missing_api_key"],
    [{ apiKey: "  " }, "missing_api_key"],
    [{ apiKey: "a\r\nx-evil: 1" }, "invalid_api_key"],
    [{ apiKey: "ключ" }, "invalid_api_key"],
    [{ headers: { "x-a": "b\r\nc: d" } }, "configuration"],
    [{ headers: { "x a": "b" } }, "configuration"],
    [{ headers: { "x-a": "ключ" } }, "configuration"],
    [{ headers: { "Content-Type": "text/plain" } }, "configuration"],
    [{ headers: { "content-length": "1" } }, "configuration"],
    [{ headers: { Expect: "100-continue" } }, "configuration"],
    [{ headers: new Headers({ "api-key": "k" }) as never }, "configuration"],
    [{ headers: [["api-key", "k"]] as never }, "configuration"],
    [{ query: new URLSearchParams("api-version=1") as never }, "configuration"],
    [{ baseURL: "https://a.example" } as never, "configuration"],
    [{ agent: {} } as never, "configuration"],
    [{ dialect: "xia" as never }, "configuration"],
    [{ dialect: { preset: "toString" as never } }, "configuration"],
    [{ dialect: 7 as never }, "configuration"],
    [{ timeoutMs: 0 }, "configuration"],
    [{ timeoutMs: Number.NaN }, "configuration"],
    [{ timeoutMs: 2 ** 31 }, "configuration"],
    [{ maxRetries: -1 }, "configuration"],
    [{ maxRetries: "2" as never }, "configuration"],
    [{ maxRetries: 1.5 }, "configuration"],
    [{ fetch: "fetch" as never }, "configuration"],
    [{ maxAnswerBytes: 0 }, "configuration"],
  ])("rejects %o", (options, code) => {
    expect(rejectionOf(options).code).toBe(code);
  });

  it.each([
    ["baseURL", "baseUrl"],
    ["base_url", "baseUrl"],
    ["api_key", "apiKey"],
    ["timeout", "timeoutMs"],
    ["max_retries", "maxRetries"],
    ["retries", "maxRetries"],
    ["organization", "headers"],
    ["project", "headers"],
    ["defaultHeaders", "headers"],
    ["defaultQuery", "query"],
    ["logLevel", "onResponse"],
  ])("hints from `%s` of another SDK to `%s`", (name, meant) => {
    expect(rejectionOf({ [name]: "MARKER" }).message).toBe(
      `\`${name}\` is not an option. Did you mean \`${meant}\`? Check its spelling, or remove it.`,
    );
  });

  it("hints at nothing when no option is alike", () => {
    expect(rejectionOf({ webhookSecret: "x" } as never).message).toContain(
      "Check its spelling, or remove it.",
    );
  });

  it("rejects a key in a page and in its workers, without `dangerouslyAllowBrowser`", () => {
    vi.stubGlobal("document", {});
    expect(rejectionOf({}).code).toBe("key_in_browser");
    expect(rejectionOf({ apiKey: undefined, headers: { "Api-Key": "k" } }).code).toBe("key_in_browser");
    expect(resolve({ dangerouslyAllowBrowser: true }).needsKey).toBe(true);
    // A session token for a proxy is not a key.
    const headers = { authorization: "Bearer session" };
    expect(resolveSettings({ headers }, { proxyUrl: "https://a.example/api" }).needsKey).toBe(false);
    vi.unstubAllGlobals();
    vi.stubGlobal("navigator", { userAgent: "Mozilla/5.0" });
    expect(rejectionOf({ apiKey: async () => apiKey }).code).toBe("key_in_browser");
    expect(resolveSettings({}, { proxyUrl: "https://a.example/api" }).needsKey).toBe(false);
  });

  it("posts to exactly a proxy's URL, which may be relative in a page", async () => {
    expect(await urlOf({}, "https://a.example/api/image-edit?x=1")).toBe(
      "https://a.example/api/image-edit?x=1",
    );
    vi.stubGlobal("location", { href: "https://shop.example/page/" });
    expect(await urlOf({}, "/api/image-edit")).toBe("https://shop.example/api/image-edit");
    expect(() => resolve({ baseUrl: "/api" })).toThrow("must be an http(s) URL");
    expect(() => resolve({}, "ftp://a.example")).toThrow("for example `https://shop.example/api/image-edit`");
  });

  it("takes the options of its entry point, and ignores `undefined`", () => {
    const options = { apiKey, agent: {}, baseURL: undefined } as never;
    expect(resolveSettings(options, { optionNames: ["agent"] }).needsKey).toBe(true);
  });
});
