import { describe, expect, it } from "vitest";
import { resolveResultUrl } from "./trusted-server.ts";

describe(resolveResultUrl, () => {
  it.each([
    ["/files/a.png", "https://api.test", "https://api.test/files/a.png"],
    ["/files/a.png?x=1", "https://api.test/openai", "https://api.test/files/a.png?x=1"],
    ["files/a.png", "https://api.test/openai", "https://api.test/openai/files/a.png"],
    ["./a.png", "https://api.test/openai/", "https://api.test/openai/a.png"],
    ["../a.png", "https://api.test/openai", "https://api.test/a.png"],
    ["//cdn.test/a.png", "https://api.test", "https://cdn.test/a.png"],
    ["https://cdn.test/a.png", "https://api.test", "https://cdn.test/a.png"],
    ["HTTP://cdn.test/%5B", "https://api.test", "HTTP://cdn.test/%5B"],
    ["/a.png", undefined, "/a.png"],
    ["//[", "https://api.test", "//["],
  ])("resolves %s at %s to %s", (url, base, expected) => {
    expect(resolveResultUrl(url, base)).toBe(expected);
  });
});
