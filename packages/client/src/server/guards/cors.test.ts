import { describe, expect, test } from "vitest";
import { checkOrigin, corsHeaders, respondToCorsPreflight } from "./cors.ts";

const url = "https://app.example.com/api/image-edit";
const friends = ["https://friend.example"];

const requestWith = (headers: Record<string, string>, to = url) =>
  new Request(to, { method: "POST", headers });

describe(checkOrigin, () => {
  test.each<[string, Record<string, string>, string?]>([
    ["a page of the same origin", { "sec-fetch-site": "same-origin", origin: "https://app.example.com" }],
    ["a client that is not a browser", {}],
    ["what a person started", { "sec-fetch-site": "none" }],
    ["an allowed origin", { "sec-fetch-site": "cross-site", origin: "https://friend.example" }],
    [
      "a page that came over https, where TLS ends before",
      { origin: "https://app.example.com" },
      "http://app.example.com/",
    ],
    [
      "a page by the name in Host, where the URL has another",
      { origin: "https://app.example.com", host: "app.example.com" },
      "http://10.0.0.7:3000/",
    ],
  ])("accepts %s", (_, headers, to) => {
    expect(() => checkOrigin(requestWith(headers, to), friends)).not.toThrow();
  });

  test.each<[string, Record<string, string>]>([
    ["a cross-site request without an origin", { "sec-fetch-site": "cross-site" }],
    ["the URL's name, where Host has another", { origin: "https://app.example.com", host: "other.example" }],
    ["an allowed name on another port", { origin: "https://friend.example:8443" }],
    ["an origin that is not a URL", { origin: "null" }],
  ])("rejects %s", (_, headers) => {
    expect(() => checkOrigin(requestWith(headers), friends)).toThrow(
      expect.objectContaining({
        status: 403,
        code: "origin_not_allowed",
        message:
          "Pages of this origin may not use this URL. Post from the same origin, or add yours to `allowedOrigins`.",
      }),
    );
  });
});

describe("the headers of CORS", () => {
  test("let a page of an allowed origin read the response and what it needs to know", () => {
    expect(corsHeaders(requestWith({ origin: "https://friend.example" }), friends)).toEqual({
      "access-control-allow-origin": "https://friend.example",
      "access-control-allow-credentials": "true",
      "access-control-expose-headers":
        "x-request-id, x-retouch-outcome, x-retouch-task, x-retouch-job, x-retouch-cut, retry-after, retry-after-ms",
      vary: "origin",
    });
  });

  test.each([[{}], [{ origin: "https://evil.example" }]])("are absent for %j", (headers) => {
    expect(corsHeaders(requestWith(headers), friends)).toEqual({});
    // An origin that is missing must not match an entry of the list that is none.
    expect(corsHeaders(requestWith({}), [null as never])).toEqual({});
  });

  test("of a preflight name the method and headers that a page sends", () => {
    const { status, headers } = respondToCorsPreflight(
      requestWith({ origin: "https://friend.example" }),
      friends,
      "POST, GET",
    );
    expect(status).toBe(204);
    expect(Object.fromEntries(headers)).toMatchObject({
      "access-control-allow-origin": "https://friend.example",
      "access-control-allow-methods": "POST, GET",
      "access-control-allow-headers":
        "authorization, content-type, idempotency-key, accept, x-retouch-attempt",
      "access-control-max-age": "600",
      "cache-control": "no-store",
    });
  });

  test("of a preflight without an allowed origin are those of any other wrong method", () => {
    expect(() => respondToCorsPreflight(requestWith({}), friends, "POST")).toThrow(
      expect.objectContaining({ status: 405, message: "Send a POST.", headers: { allow: "POST" } }),
    );
  });
});
