import fc from "fast-check";
import { expect, test } from "vitest";
import { openByteSource } from "../../media/byte-source.ts";
import { encodeMultipart } from "../../transport/multipart.ts";
import { ProxyError } from "../proxy-error.ts";
import { boundaryOf, parseForm } from "./parse-multipart.ts";

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk.slice());
  return new Uint8Array(Buffer.concat(chunks));
}

test("parses whatever the platform's FormData encodes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(
          fc.string({ minLength: 1, unit: "grapheme" }),
          fc.string({ unit: "binary" }),
          fc.uint8Array(),
        ),
      ),
      async (fields) => {
        const form = new FormData();
        for (const [name, text, bytes] of fields) {
          form.append(name.replace(/[\\\r\n"%]/g, "_"), text);
          form.append("image", new Blob([bytes]), "a.png");
        }
        const response = new Response(form);
        const boundary = boundaryOf(response.headers.get("content-type")) ?? "";
        const parts = parseForm(new Uint8Array(await response.arrayBuffer()), boundary);
        expect(parts.filter((part) => part.filename !== undefined).map((part) => [...part.bytes])).toEqual(
          fields.slice(0, parts.length).map(([, , bytes]) => [...bytes]),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test("parses the client's own encoding, boundary look-alikes included", async () => {
  const bytes = new TextEncoder().encode("\r\n--edge\r\n--edg\r\n--edge-- tail \r\n");
  const body = encodeMultipart(
    [
      { name: "prompt", value: "--edg\r\nsecond line" },
      { name: "image", filename: "a.png", mediaType: "image/png", source: openByteSource(bytes.slice(8)) },
    ],
    "edge-of-the-form",
  );
  const parts = parseForm(await collect(body.chunks()), "edge-of-the-form");
  expect(parts.map((part) => [part.name, new TextDecoder().decode(part.bytes)])).toEqual([
    ["prompt", "--edg\r\nsecond line"],
    ["image", new TextDecoder().decode(bytes.slice(8))],
  ]);
});

test.each<[string, string, string | undefined]>([
  ['name="image"; filename="a; name=prompt.png"', "image", "a; name=prompt.png"],
  ['filename="a; name=prompt.png"; name="image"', "image", "a; name=prompt.png"],
  ['name="image"; filename="a\\"', "image", "a\\"],
  ['name="image"; filename="a\\"b.png"', "image", 'a\\"b.png'],
  ["name=image; filename=a.png;", "image", "a.png"],
  ["name=\"image\"; filename*=utf-8''%C3%A4.png", "image", "utf-8''%C3%A4.png"],
  ['NAME="image"; filename=""', "image", ""],
  ['name="; filename=a"', "; filename=a", undefined],
])("reads the names of a part: %s", (parameters, name, filename) => {
  const body = `--b\r\nContent-Disposition: form-data; ${parameters}\r\n\r\nx\r\n--b--\r\n`;
  const [part] = parseForm(new TextEncoder().encode(body), "b");
  expect([part?.name, part?.filename]).toEqual([name, filename]);
});

test("parses any bytes into parts or throws a ProxyError", () => {
  const chunk = fc.oneof(
    fc.constantFrom(
      "--b",
      "--b--",
      "\r\n",
      "\r\n--b\r\n",
      'content-disposition: form-data; name="a"',
      "\r\n\r\n",
      "x",
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 30 }), (source) => {
      try {
        parseForm(new TextEncoder().encode(source.join("")), "b");
      } catch (error) {
        expect(error).toBeInstanceOf(ProxyError);
      }
    }),
  );
});
