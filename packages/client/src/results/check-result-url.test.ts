import { describe, expect, it } from "vitest";
import { privateHosts, publicHosts } from "../fixtures/hosts.ts";
import { checkResultUrl, optionFor } from "./check-result-url.ts";

const origin = { origin: "https://api.example" };

describe(checkResultUrl, () => {
  it.each(privateHosts)("rejects a result at %s, unless it is the server's own host", (host) => {
    expect(checkResultUrl(`https://${host}/a.png`, origin)).toContain("private or reserved network");
    expect(checkResultUrl(`https://${host}:8443/a.png`, origin)).toContain("private or reserved network");
    expect(
      checkResultUrl(`https://${host}/a.png`, { origin: new URL(`https://${host}`).origin }),
    ).toBeUndefined();
  });

  it.each(publicHosts)("accepts a result at %s", (host) => {
    expect(checkResultUrl(`https://${host}/a.png`, origin)).toBeUndefined();
  });

  it.each(["https://[fe80::1%25eth0]/", "https://1.2.3.4.5/", "https://[::1/"])(
    "rejects %s as an invalid URL",
    (url) => {
      expect(checkResultUrl(url, origin)).toBe("is not a valid URL");
    },
  );

  it.each(["/files/a.png", "a.png", "//a.example/a.png"])(
    "rejects %s as relative: behind an image-edit proxy, the server is not known",
    (url) => {
      expect(checkResultUrl(url, { origin: "https://shop.example" })).toBe(
        "is relative to a server that is not known here",
      );
    },
  );

  describe("with `allowInsecureHttp`", () => {
    const insecure = { origin: "http://10.0.0.5:8000", allowInsecureHttp: true };

    it.each(["http://10.0.0.5:9000/a.png", "http://10.0.0.5/a.png", "http://10.0.0.5:8000/a.png"])(
      "accepts plain http of the server's own host: %s",
      (url) => {
        expect(checkResultUrl(url, insecure)).toBeUndefined();
        const problem = url.includes(":8000") ? undefined : "is not https and is not fetched";
        expect(checkResultUrl(url, { origin: insecure.origin })).toBe(problem);
        expect(optionFor(url, { origin: insecure.origin })).toBe("allowInsecureHttp");
      },
    );

    it.each([
      ["http://10.0.0.6:8000/a.png", "is not https and is not fetched"],
      ["http://cdn.example/a.png", "is not https and is not fetched"],
      ["http://user:pw@10.0.0.5/a.png", "contains a user name or password and is not fetched"],
      ["https://10.0.0.5:8443/a.png", "is in a private or reserved network and is not fetched"],
      ["ftp://10.0.0.5/a.png", "is not https and is not fetched"],
    ])("still rejects %s", (url, why) => {
      expect(checkResultUrl(url, insecure)).toBe(why);
      expect(optionFor(url, { origin: insecure.origin })).toBeUndefined();
    });

    it("still rejects a redirect from https to plain http", () => {
      expect(checkResultUrl("http://10.0.0.5:9000/a", insecure, "https://cdn.example/a")).toBe(
        "is not https and is not fetched",
      );
      expect(checkResultUrl("http://10.0.0.5:9000/a", { origin: "", allowInsecureHttp: true })).toBeDefined();
    });
  });
});
