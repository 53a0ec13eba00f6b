import { describe, expect, test } from "vitest";
import { setUpProxy } from "../../fixtures/set-up-proxy.ts";
import { createBodyRedactor } from "./redact-body.ts";
import { createLinkResolver } from "./resolve-links.ts";

const resolve = (text: string, name: string, base = "https://api.example.com/openai"): string | undefined => {
  const value = new TextEncoder().encode(JSON.stringify(text).slice(1, -1).replaceAll("/", "\\/"));
  const found = createLinkResolver(base)?.(value, name);
  return found && new TextDecoder().decode(found);
};

describe(createLinkResolver, () => {
  test.each([
    ["/files/1", "url", "https://api.example.com/files/1"],
    ["files/1.png?sig=%2F", "image_url", "https://api.example.com/openai/files/1.png?sig=%2F"],
    ['./é".png', "url", "https://api.example.com/openai/%C3%A9%22.png"],
    ["//cdn.example.net/1", "images", "https://cdn.example.net/1"],
    ["/files/1.png", "b64_json", "https://api.example.com/files/1.png"],
    [" /files/1 ", "output", "https://api.example.com/files/1"],
    ["files/1", "resultUrl", "https://api.example.com/openai/files/1"],
  ])("completes %j of %j", (text, name, complete) => {
    expect(resolve(text, name)).toBe(complete);
  });

  test.each([
    ["https://cdn.example.net/1", "url"],
    ["data:image/png;base64,AAAA", "url"],
    ["/9j/4AAQSkZJRgABAQ", "b64_json"],
    [`/9j/${"4AAQ".repeat(99)}`, "url"],
    ["/files/1", "content"],
    ["/files/1.png", "message"],
    ["1.png", ""],
    ["auto", "image"],
    ["the /files were lost", "result"],
    ["~placeholder~0~", "url"],
  ])("leaves %j of %j as it is", (text, name) => {
    expect(resolve(text, name)).toBeUndefined();
  });

  test.each(["http://api.example.com", "https://10.0.0.5", "https://backend", "https://node-7.internal"])(
    "does not name the upstream %s, which no page can reach",
    (base) => {
      expect(createLinkResolver(base)).toBeUndefined();
    },
  );
});

const base = "https://api.example.com";
const long = `/files/1.png?sig=${"a".repeat(2000)}`;
const body = JSON.stringify({
  data: [{ url: "/files/1" }, { url: long }, ...Array.from({ length: 300 }, () => ({ url: "/2" }))],
  note: "sk-secret-of-the-server-4711 at /files/1",
});
const expected = JSON.parse(
  body.replaceAll('"url":"/', `"url":"${base}/`).replace("sk-secret-of-the-server-4711", "*".repeat(28)),
) as unknown;

describe("a body with relative URLs", () => {
  test.each([1, 7, 4096, 100_000])("has complete ones in chunks of %i bytes", (size) => {
    const key = "sk-secret-of-the-server-4711";
    const findInSegment = ({ text }: { readonly text: string }) => {
      const start = text.indexOf(key);
      return start < 0 ? [] : [{ start, end: start + key.length }];
    };
    for (const kind of ["json", "events"] as const) {
      const redactor = createBodyRedactor(findInSegment, createLinkResolver(base));
      const bytes = Buffer.from(kind === "json" ? body : `data: ${body}\n\n`);
      const parts: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size)
        parts.push(Buffer.from(redactor.push(bytes.subarray(at, at + size))));
      parts.push(redactor.end());
      const text = Buffer.concat(parts)
        .toString()
        .replace(/^data: /, "");
      expect(JSON.parse(text.replaceAll("sk-secret-of-the-server-4711", "*".repeat(28)))).toEqual(expected);
    }
  });
});

const proxy = setUpProxy();

test.each(["application/json", "text/event-stream"])(
  "a page gets complete URLs through the proxy in %s",
  async (type) => {
    const json = JSON.stringify({
      type: "image_edit.completed",
      data: [{ url: "/files/1.png" }],
      url: "/files/2",
    });
    proxy.respond = (response) =>
      response
        .writeHead(200, { "content-type": type })
        .end(type === "application/json" ? json : `data: ${json}\n\n`);
    const { url } = proxy;
    const handler = proxy.handlerWith({
      baseUrl: "https://api.example.com/v1",
      fetch: (given, init) => fetch(String(given).replace("https://api.example.com", url), init),
    });
    const text = await (await handler(proxy.post())).text();
    expect(JSON.parse(text.replace(/^data: /, ""))).toEqual({
      type: "image_edit.completed",
      data: [{ url: "https://api.example.com/files/1.png" }],
      url: "https://api.example.com/files/2",
    });
    expect(proxy.seen).toHaveLength(1);
  },
);
