import { describe, expect, it } from "vitest";
import { keyVendors } from "../generated/servers.gen.ts";
import { chooseHeaders, chooseQuery } from "./query-and-headers.ts";

const usage = (text: string) =>
  expect.objectContaining({ exitCode: 2, outcome: "not-sent", message: expect.stringContaining(text) });

describe(chooseQuery, () => {
  it("reads RETOUCH_QUERY as a URL's query, and lets a flag replace one parameter", () => {
    const env = { RETOUCH_QUERY: "?api-version=2025-04-01-preview&note=a%20b" };
    expect(chooseQuery(["api-version=v1", "x=a=b"], env)).toEqual({
      "api-version": "v1",
      note: "a b",
      x: "a=b",
    });
    expect(chooseQuery([], {})).toBeUndefined();
    expect(Object.entries(chooseQuery(["__proto__=x"], {}) ?? {})).toEqual([["__proto__", "x"]]);
  });

  it.each(["v1", "=v1", "api-version=", ""])("rejects %j without showing it", (text) => {
    expect(() => chooseQuery([text], {})).toThrow(usage("`--query` is not a name, `=` and a value"));
  });

  it("rejects a parameter that comes twice", () => {
    expect(() => chooseQuery(["a=1", "a=2"], {})).toThrow(usage("`--query` has `a` twice"));
    expect(() => chooseQuery([], { RETOUCH_QUERY: "a=1&a=2" })).toThrow(usage("RETOUCH_QUERY has `a` twice"));
  });

  it("rejects a key without showing it", () => {
    const env = { RETOUCH_API_KEY: "own-key-SECRET" };
    for (const value of ["xai-SECRET0123", "own-key-SECRET"]) {
      expect(() => chooseQuery([`key=${value}`], env)).toThrow(usage("Set RETOUCH_API_KEY"));
      expect(() => chooseQuery([`key=${value}`], env)).not.toThrow(/SECRET/);
    }
  });
});

describe(chooseHeaders, () => {
  it("reads RETOUCH_HEADERS, separated by semicolons, and lets a flag replace one header", () => {
    const env = { RETOUCH_HEADERS: "X-Team: design; x-trace:a:b" };
    expect(chooseHeaders(["x-team: print"], env)).toEqual({ "x-team": "print", "x-trace": "a:b" });
    expect(chooseHeaders([], { RETOUCH_HEADERS: " ; " })).toBeUndefined();
  });

  it.each(["x-team", ":a", "x-team:", "x-team: "])("rejects %j", (text) => {
    expect(() => chooseHeaders([text], {})).toThrow(usage("`--header` is not a name, `:` and a value"));
    expect(() => chooseHeaders([], { RETOUCH_HEADERS: text })).toThrow(usage("RETOUCH_HEADERS"));
  });

  it("rejects a header that comes twice, in any case", () => {
    expect(() => chooseHeaders(["X-Team:a", "x-team:b"], {})).toThrow(usage("`--header` has `x-team` twice"));
  });

  it.each([
    "Authorization",
    "Proxy-Authorization",
    "api-key",
    "X-Api-Key",
    "x-goog-api-key",
    "ocp-apim-subscription-key",
    "apikey",
    "Cookie",
    "private-token",
    "x-auth-token",
    "cf-access-client-secret",
    "x-password",
    "cf-aig-authorization",
  ])("rejects %s, whatever its value, and says what to use instead", (name) => {
    for (const choose of [
      () => chooseHeaders([`${name}: MARKER`], {}),
      () => chooseHeaders([], { RETOUCH_HEADERS: `${name}: MARKER` }),
    ]) {
      expect(choose).toThrow(usage("Set RETOUCH_API_KEY"));
      expect(choose).toThrow(/--key-header/);
      expect(choose).not.toThrow(/MARKER/);
    }
  });

  it("names the header in the advice where the key alone goes there", () => {
    expect(() => chooseHeaders(["API-Key: k"], {})).toThrow("`--key-header api-key`");
  });

  it.each([
    ...Object.values(keyVendors).flatMap(({ keyPrefixes }) => keyPrefixes.map((prefix) => `${prefix}MARKER`)),
    "Bearer MARKER",
    "sk-0123456789MARKER0123",
    "team=xai-MARKER",
    "own-MARKER-key",
  ])("rejects the value %s, whatever the header's name", (value) => {
    const choose = () => chooseHeaders([`x-team: ${value}`], { RETOUCH_API_KEY: "own-MARKER-key" });
    expect(choose).toThrow(usage("The header `x-team` has a key"));
    expect(choose).not.toThrow(/MARKER/);
  });

  it.each(["x-team:design", "openai-organization:org-123", "x-max-tokens:5", "x-mock-scenario:quota"])(
    "takes %s",
    (text) => {
      expect(chooseHeaders([text], {})).toBeDefined();
    },
  );

  it("rejects an idempotency key, which would be the same for every edit", () => {
    expect(() => chooseHeaders(["Idempotency-Key:1"], {})).toThrow(usage("the same for every edit"));
  });
});
