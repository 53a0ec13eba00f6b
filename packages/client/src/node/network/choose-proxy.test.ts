import { describe, expect, it } from "vitest";
import { chooseProxy } from "./choose-proxy.ts";

const secure = new URL("https://api.example.com/v1/images/edits");
const plain = new URL("http://api.example.com/v1/images/edits");

describe(chooseProxy, () => {
  it.each([
    ["nothing", {}, undefined],
    ["HTTPS_PROXY", { HTTPS_PROXY: "http://p:1" }, "http://p:1"],
    ["lower case before upper case", { https_proxy: "http://a:1", HTTPS_PROXY: "http://b:1" }, "http://a:1"],
    ["an empty value as none", { https_proxy: "", ALL_PROXY: "http://all:1" }, "http://all:1"],
    ["HTTP_PROXY only for plain http", { HTTP_PROXY: "http://p:1" }, undefined],
  ])("follows %s", (_, environment, proxy) => {
    expect(chooseProxy(secure, undefined, environment)).toBe(proxy);
  });

  it("ignores HTTP_PROXY under CGI, where a visitor's `Proxy` header sets it", () => {
    expect(chooseProxy(plain, undefined, { HTTP_PROXY: "http://p:1" })).toBe("http://p:1");
    expect(
      chooseProxy(plain, undefined, { HTTP_PROXY: "http://p:1", REQUEST_METHOD: "GET" }),
    ).toBeUndefined();
  });

  it("prefers the option, and disables every proxy for `false`", () => {
    const environment = { HTTPS_PROXY: "http://p:1", NO_PROXY: "*" };
    expect(chooseProxy(secure, "http://own:2", environment)).toBe("http://own:2");
    expect(chooseProxy(secure, false, { HTTPS_PROXY: "http://p:1" })).toBeUndefined();
  });

  it.each([
    "http://localhost:1/",
    "http://a.localhost/",
    "http://127.0.0.2/",
    "http://[::1]:3/",
    "http://0x7f.1/",
  ])("never sends loopback (%s) to a proxy", (url) => {
    expect(chooseProxy(new URL(url), "http://own:2", { HTTP_PROXY: "http://p:1" })).toBeUndefined();
  });

  it.each([
    ["*", true],
    ["example.com", true],
    [".example.com", true],
    ["*.example.com", true],
    ["other.com, API.EXAMPLE.COM", true],
    ["other.com api.example.com", true],
    ["api.example.com:443", true],
    ["api.example.com:80", false],
    ["ample.com", false],
    ["10.0.0.0/8", false],
    [",", false],
  ])("with NO_PROXY=%s, bypasses the proxy: %s", (list, isExcepted) => {
    const proxy = chooseProxy(secure, undefined, { HTTPS_PROXY: "http://p:1", NO_PROXY: list });
    expect(proxy === undefined).toBe(isExcepted);
  });

  it.each([
    ["https://10.1.2.3/", "10.0.0.0/8", true],
    ["https://11.1.2.3/", "10.0.0.0/8", false],
    ["https://10.1.2.3/", "10.0.0.0/99", false],
    ["https://10.1.2.3/", "10.1.2.3", true],
    ["https://10.1.2.3/", "2.3", false],
    ["https://[fd00::1]/", "fd00::/8", true],
    ["https://[fd00::1]/", "[fd00::1]:443", true],
    ["https://[fd00::1]/", "fd00::1", true],
  ])("reads IP addresses in NO_PROXY: %s in %s is %s", (url, list, isExcepted) => {
    const proxy = chooseProxy(new URL(url), undefined, { HTTPS_PROXY: "http://p:1", NO_PROXY: list });
    expect(proxy === undefined).toBe(isExcepted);
  });
});
