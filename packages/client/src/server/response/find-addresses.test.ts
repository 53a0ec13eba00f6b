import { describe, expect, test } from "vitest";
import { replaceRanges } from "../../errors/redactor.ts";
import { type AllowedLinks, createAddressFinder } from "./find-addresses.ts";

const find = createAddressFinder({ host: "api.example.com", port: "8443" });
const redact = (text: string, allowed: AllowedLinks = "public"): string =>
  replaceRanges(text, find(text, allowed), "#");

describe(createAddressFinder, () => {
  test.each([
    ["connect ECONNREFUSED 10.0.0.5:8080", "connect ECONNREFUSED #"],
    ["(192.168.1.1)", "(#)"],
    ["host=10.0.0.5, port=8443", "host=#, port=#"],
    ["[fd00::1]:80 ::1 fe80::1%eth0 2001:db8:0:1:2:3:4:5", "# # # #"],
    ["db.internal:5432 backend:8080 node-7.internal printer.local localhost", "# # # # #"],
    ["lookup api.example.com: no such host", "lookup # no such host"],
    ["db.example.com and a.api.example.com", "# and #"],
    ["redis://user@cache.internal/0", "#"],
    [
      "http://10.0.0.5/x.png https://api.example.com/y https://docs.example.org/z",
      "# # https://docs.example.org/z",
    ],
    ["10\\u002e0\\u002e0\\u002e5\\u003a8080 \\/ 1", "# \\/ 1"],
    ["listening on :8443", "listening on #"],
  ])("finds the addresses in %s", (text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });

  test.each([
    "gpt-image-1.5 at 16:10 is fine, 1024x1024 too. See image.png: std::vector, 16:10:05, v1.2.3",
    "2026-11-28T06:52:12.123Z",
    "image_edit.completed data:image/png;base64,",
    "Use size 1024x1024 (or auto), e.g. https://platform.example.org/docs.",
    "",
  ])("finds no address in %j", (text) => {
    expect(redact(text)).toBe(text);
  });

  test("keeps links to images", () => {
    const link = "http://10.0.0.5:8080/a.png?x=http://10.0.0.6:80,b=1";
    expect(redact(link, "all")).toBe(link);
    expect(redact(`![a](${link})`, "images")).toBe(`![a](${link})`);
    expect(redact("![a](http://10.0.0.5:8080/file)", "images")).toBe("![a](http://10.0.0.5:8080/file)");
    expect(redact("see http://10.0.0.5:8080/log", "images")).toBe("see #");
  });

  test("finds an upstream that is a plain name or an IP address", () => {
    const plain = createAddressFinder({ host: "backend", port: "" });
    expect(plain("the backend at backendless.org", "public")).toEqual([{ start: 4, end: 11 }]);
    expect(createAddressFinder({ host: "[fd00::1]", port: "" })("at [fd00::1]", "public")).toHaveLength(1);
  });
});
