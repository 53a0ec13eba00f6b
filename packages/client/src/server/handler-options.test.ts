import { describe, expect, test, vi } from "vitest";
import { errorOf, setUpProxy } from "../fixtures/set-up-proxy.ts";
import type { ImageEditHandlerOptions } from "./handler-options.ts";

const { handlerWith, post } = setUpProxy();

describe("createImageEditHandler", () => {
  test.each([
    ["no key", { apiKey: "" }, /API key is missing/],
    ["no authorize", { authorize: undefined as never }, /`authorize` is missing/],
    ["a string other than `public`", { authorize: "everyone" as never }, /`authorize` is missing/],
    ["plain http beyond loopback", { baseUrl: "http://api.example.com" }, /plain http/],
    ["a base URL that is not http(s)", { baseUrl: "ftp://x" }, /`baseUrl`/],
    [
      "a mistyped option",
      { ratelimit: () => ({ allowed: false }) } as never,
      /`ratelimit` is not an option. Did you mean `rateLimit`/,
    ],
  ])("throws for %s", (_, options, message) => {
    expect(() => handlerWith(options)).toThrow(message);
  });

  test("takes plain http beyond loopback with `allowInsecureHttp`", () => {
    expect(handlerWith({ baseUrl: "http://10.0.0.1:8080", allowInsecureHttp: true })).toBeTypeOf("function");
  });
});

describe("checkProxyOptions", () => {
  test.each<[string, Partial<ImageEditHandlerOptions>, RegExp]>([
    ["a limit that is NaN", { limits: { maxN: Number.NaN } }, /`limits.maxN` must be a number/],
    ["an unknown limit", { limits: { maxBytes: 1 } as never }, /`limits.maxBytes` is not an option/],
    ["an unknown option of `allow`", { allow: { model: [] } as never }, /`allow.model` is not an option/],
    ["a rate limit that is a number", { rateLimit: 5 as never }, /`rateLimit` must be a function/],
    ["a limit that is a string", { limits: { maxBodyBytes: "1" as never } }, /`limits.maxBodyBytes`/],
    [
      "a string as the list of models",
      { allow: { models: "gpt-image-1" as never } },
      /`allow.models` must be an array/,
    ],
    [
      "a string as the list of origins",
      { allowedOrigins: "https://a.example" as never },
      /`allowedOrigins` must be an array/,
    ],
    [
      "a string as the list of hosts",
      { allowedHosts: "a.example" as never },
      /`allowedHosts` must be an array/,
    ],
    ["a host with a port", { allowedHosts: ["a.example:443"] }, /`allowedHosts` must hold host names/],
    ["a host with a scheme", { allowedHosts: ["https://a.example"] }, /`allowedHosts` must hold host names/],
    [
      "an origin with a path",
      { allowedOrigins: ["https://a.example/"] },
      /`allowedOrigins` must hold origins/,
    ],
    ["any origin", { allowedOrigins: ["*"] }, /`allowedOrigins` must hold origins/],
    ["a forced image", { force: { mask: "x" } }, /`force.mask` cannot be forced/],
    ["an unknown forced field", { force: { qualty: "low" } }, /`force.qualty` cannot be forced/],
    [
      "a forced field without a value",
      { force: { model: undefined as never } },
      /`force.model` must be a string/,
    ],
  ])("rejects %s", (_, options, message) => {
    expect(() => handlerWith(options)).toThrow(message);
  });
});

describe("a short key", () => {
  test("rejects a key shorter than eight characters at creation, except for a private server", () => {
    expect(() => handlerWith({ apiKey: "1234567", baseUrl: "https://api.example.com" })).toThrow(
      /has 7 characters/,
    );
    expect(() => handlerWith({ apiKey: "12345678", baseUrl: "https://api.example.com" })).not.toThrow();
    for (const host of ["localhost", "10.1.2.3", "[fd00::1]", "backend", "llm.internal"])
      expect(() => handlerWith({ apiKey: "x", baseUrl: `https://${host}` })).not.toThrow();
  });

  test("rejects a short key that a function returns, before anything is sent", async () => {
    const send = vi.fn<typeof fetch>();
    const handler = handlerWith({ apiKey: () => "short", baseUrl: "https://api.example.com", fetch: send });
    const response = await handler(post());
    expect(await errorOf(response)).toMatchObject({ status: 500, code: "short_api_key" });
    expect(response.headers.get("x-retouch-outcome")).toBe("not-sent");
    expect(send).not.toHaveBeenCalled();
  });
});
