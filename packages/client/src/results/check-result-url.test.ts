import { describe, expect, it } from "vitest";
import { privateHosts, publicHosts } from "../fixtures/hosts.ts";
import { checkResultUrl } from "./check-result-url.ts";

const origin = "https://api.example";

describe(checkResultUrl, () => {
  it.each(privateHosts)("rejects a result at %s, unless it is the server's own host", (host) => {
    expect(checkResultUrl(`https://${host}/a.png`, origin)).toContain("private or reserved network");
    expect(checkResultUrl(`https://${host}:8443/a.png`, origin)).toContain("private or reserved network");
    expect(checkResultUrl(`https://${host}/a.png`, new URL(`https://${host}`).origin)).toBeUndefined();
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
});
