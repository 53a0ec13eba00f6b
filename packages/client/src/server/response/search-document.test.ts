import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sampleImage } from "../../fixtures/images.ts";
import { createBodyRedactor } from "./redact-body.ts";
import { createUpstreamRedactor } from "./redact-upstream.ts";
import { createLinkResolver } from "./resolve-links.ts";
import { searchDocument } from "./search-document.ts";

const image = Buffer.from(sampleImage(24, 16)).toString("base64");
const key = "sk-upstream-4711-abcdef";
const host = "api.example.com";
const redactorOf = () =>
  createUpstreamRedactor({ key, host, port: "8443", prompt: "", sent: ["gpt-image-2", "png"] });
const resolveLink = createLinkResolver("https://api.example.com");

function pass(body: string, sizes: readonly number[]): string {
  const redactor = createBodyRedactor(redactorOf().findInSegment, resolveLink);
  const bytes = Buffer.from(body);
  const parts: Uint8Array[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const end = at + (sizes[index] ?? bytes.length);
    parts.push(Buffer.from(redactor.push(bytes.subarray(at, end))));
    at = end;
  }
  return Buffer.concat([...parts, redactor.end()]).toString();
}

const strings = fc.oneof(
  fc.constantFrom(image, `${image}==`, `${image} `, `data:image/png;base64,${image}`, image.slice(0, 60)),
  fc.constantFrom(
    key,
    key.slice(0, 9),
    key.slice(9),
    `${key} `,
    "sk-up",
    "stream-4711",
    "gpt-image-2",
    "png",
  ),
  fc.constantFrom(
    "/files/a.png",
    "a.png",
    `https://${host}/a.png`,
    "10.0.0.7:8443",
    "db.internal",
    "1024x1024",
  ),
  fc.constantFrom("", " ", "é", "a\\b", 'a"b', "a\nb", "opaque", "A red hat, please"),
);
const names = fc.oneof(
  fc.constantFrom("created", "data", "b64_json", "url", "content", "message", "revised_prompt", "file", "x"),
  strings,
);
const { document } = fc.letrec((tie) => ({
  document: fc.oneof(
    { maxDepth: 4 },
    strings,
    fc.constantFrom(0, 1764395000, 4711, true, null, 1.5e-7),
    fc.array(tie("document"), { maxLength: 4 }),
    fc.dictionary(names, tie("document"), { maxKeys: 4 }),
  ),
}));
const bodies = fc
  .record({
    documents: fc.array(fc.oneof(fc.dictionary(names, document), document), { minLength: 1, maxLength: 2 }),
    indent: fc.constantFrom(0, 1, "\t"),
    between: fc.constantFrom("", "\n", "\r\n", " "),
    change: fc.option(
      fc.record({ at: fc.nat(), by: fc.constantFrom("", '"', "{", "]", ":", ",", "\\", "\n", "é") }),
      {
        freq: 3,
      },
    ),
  })
  .map(({ documents, indent, between, change }) => {
    const body = documents.map((one) => JSON.stringify(one, null, indent) + between).join("");
    const at = (change?.at ?? 0) % (body.length + 1);
    return change ? body.slice(0, at) + change.by + body.slice(at + 1) : body;
  });

describe(searchDocument, () => {
  test("forwards what the tokenizer forwards byte by byte, in any chunks", () => {
    fc.assert(
      fc.property(bodies, fc.array(fc.integer({ min: 1, max: 400 })), (body, sizes) => {
        const expected = pass(body, Array(Buffer.byteLength(body)).fill(1));
        expect(pass(body, [])).toBe(expected);
        expect(pass(body, sizes)).toBe(expected);
        expect(pass(body, [Buffer.byteLength(body) - 3])).toBe(expected);
      }),
      { numRuns: 400 },
    );
  });

  test("returns a document with an image, so that its bytes are not taken one by one", () => {
    const body = JSON.stringify({
      created: 1764395000,
      data: [{ b64_json: image, revised_prompt: "A red hat, please" }],
      size: "1024x1024",
      usage: { total_tokens: 12 },
    });
    const { findInSegment } = redactorOf();
    expect(searchDocument(Buffer.from(body), findInSegment, resolveLink)).toBe(body);
  });

  test.each([
    ["the key", JSON.stringify({ message: key })],
    ["the key split over two values", JSON.stringify({ a: key.slice(0, 12), b: key.slice(12) })],
    ["the key as a member's name", JSON.stringify({ [key]: 1 })],
    ["upstream's name", JSON.stringify({ message: `at ${host}` })],
    ["a relative URL", JSON.stringify({ data: [{ url: "/files/a.png" }] })],
    ["a string that is searched in parts", JSON.stringify({ a: "b ".repeat(2_500) })],
    ["an escape", '{"a":"\\u0041"}'],
    ["another document's beginning", '{"a":1}{'],
    ["an incomplete string", '{"a":"b}'],
    ["a line that is not JSON", "~{}"],
  ])("returns nothing for %s", (_, body) => {
    expect(searchDocument(Buffer.from(body), redactorOf().findInSegment, resolveLink)).toBeUndefined();
  });

  test("reads on when more follows a document, with what came before it", () => {
    const first = JSON.stringify({ content: key.slice(0, 12) });
    const second = JSON.stringify({ content: key.slice(12) });
    const passed = pass(first + second, [first.length]);
    expect(passed).toHaveLength(first.length + second.length);
    expect(passed).not.toContain(key.slice(12));
  });
});
