import { describe, expect, it } from "vitest";
import { isConfigurationError } from "../../errors/errors.ts";
import { chooseProxy } from "./choose-proxy.ts";

const secure = new URL("https://api.example.com/v1/images/edits");
const plain = new URL("http://api.example.com/v1/images/edits");
const chosen = (...given: Parameters<typeof chooseProxy>) => chooseProxy(...given)?.url.href.slice(0, -1);

describe(chooseProxy, () => {
  it.each([
    ["nothing", {}, undefined],
    ["HTTPS_PROXY", { HTTPS_PROXY: "http://p:1" }, "http://p:1"],
    ["lower case before upper case", { https_proxy: "http://a:1", HTTPS_PROXY: "http://b:1" }, "http://a:1"],
    ["an empty value as none", { https_proxy: "", ALL_PROXY: "http://all:1" }, "http://all:1"],
    ["HTTP_PROXY only for plain http", { HTTP_PROXY: "http://p:1" }, undefined],
  ])("follows %s", (_, environment, proxy) => {
    expect(chosen(secure, undefined, environment)).toBe(proxy);
  });

  it("ignores HTTP_PROXY under CGI, where a visitor's `Proxy` header sets it", () => {
    expect(chosen(plain, undefined, { HTTP_PROXY: "http://p:1" })).toBe("http://p:1");
    expect(
      chooseProxy(plain, undefined, { HTTP_PROXY: "http://p:1", REQUEST_METHOD: "GET" }),
    ).toBeUndefined();
  });

  it("prefers the option, and disables every proxy for `false`", () => {
    const environment = { HTTPS_PROXY: "http://p:1", NO_PROXY: "*" };
    expect(chosen(secure, "http://own:2", environment)).toBe("http://own:2");
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

  it.each([
    [{ HTTPS_PROXY: "http://p:1" }, "HTTPS_PROXY"],
    [{ https_proxy: " p:1\n" }, "https_proxy"],
    [{ HTTPS_PROXY: "", all_proxy: "p:1" }, "all_proxy"],
  ])("names where %o was set", (environment, source) => {
    expect(chooseProxy(secure, undefined, environment)).toEqual({ url: new URL("http://p:1"), source });
  });

  it.each<[Record<string, string>, string, string]>([
    [{ ALL_PROXY: "socks5://user:SECRET@p:1080" }, "ALL_PROXY", "is a SOCKS proxy (`socks5:`)"],
    [{ all_proxy: "socks5h://p:1080" }, "all_proxy", "is a SOCKS proxy (`socks5h:`)"],
    [{ HTTPS_PROXY: "SOCKS4A://p" }, "HTTPS_PROXY", "is a SOCKS proxy (`socks4a:`)"],
    [{ https_proxy: "ftp://SECRET@p" }, "https_proxy", "has the scheme `ftp:`"],
    [{ HTTPS_PROXY: "http://" }, "HTTPS_PROXY", "is not a valid URL"],
    [{ HTTPS_PROXY: "SECRET:x:y" }, "HTTPS_PROXY", "is not a valid URL"],
    [{ HTTPS_PROXY: "http://p:99999" }, "HTTPS_PROXY", "is not a valid URL"],
  ])("refuses %o and names the variable", (environment, source, seen) => {
    let error: unknown;
    try {
      chooseProxy(secure, undefined, environment);
    } catch (reason) {
      error = reason;
    }
    expect(isConfigurationError(error)).toBe(true);
    expect(String(error)).toContain(`\`${source}\` ${seen}`);
    expect(String(error)).toContain("NO_PROXY");
    expect(String(error)).not.toContain("SECRET");
    // Where it is not used, it is ignored.
    expect(chooseProxy(secure, undefined, { ...environment, NO_PROXY: "example.com" })).toBeUndefined();
    expect(chooseProxy(new URL("http://localhost"), undefined, environment)).toBeUndefined();
  });
});
