import fc from "fast-check";
import { expect, test } from "vitest";
import { createMultipartParser, type FormPart, joinBytes, MultipartError } from "./parse-multipart.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function parse(bytes: Uint8Array, boundary: string, cuts: number[] = []): FormPart[] {
  const parser = createMultipartParser(boundary);
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    const to = Math.min(bytes.length, Math.max(from, cut));
    parser.push(bytes.slice(from, to));
    from = to;
  }
  return parser.end();
}

test("returns every part of any form, however the body is split into chunks", async () => {
  const part = fc.record({
    name: fc.string({ minLength: 1 }).filter((name) => !/[\r\n"\\]/.test(name)),
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      // Bytes that look like the beginning of a delimiter.
      fc.array(fc.constantFrom(13, 10, 45, 98), { maxLength: 60 }).map((list) => Uint8Array.from(list)),
    ),
  });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), fc.array(fc.nat(900)), (given, cuts) => {
      const chunks = given.flatMap(({ name, bytes }) => [
        encode(`--boundary7\r\nContent-Disposition: form-data; name="${name}"; filename="a.png"\r\n\r\n`),
        bytes,
        encode("\r\n"),
      ]);
      const body = joinBytes([...chunks, encode("--boundary7--\r\n")]);
      const read = parse(
        body,
        "boundary7",
        cuts.toSorted((a, b) => a - b),
      );
      expect(read.map(({ name, bytes }) => ({ name, bytes: [...bytes] }))).toEqual(
        given.map(({ name, bytes }) => ({ name, bytes: [...bytes] })),
      );
    }),
  );
});

test("parses the output of the platform's FormData", async () => {
  const form = new FormData();
  form.append("prompt", "Füge einen Hut hinzu");
  form.append("image", new File([new Uint8Array(70_000)], 'odd "name".png', { type: "image/png" }));
  const request = new Request("http://localhost", { method: "POST", body: form });
  const boundary = /boundary=(.*)$/.exec(request.headers.get("content-type") ?? "")?.[1] ?? "";
  const [prompt, image] = parse(new Uint8Array(await request.arrayBuffer()), boundary, [10, 99, 1000]);
  expect(new TextDecoder().decode(prompt?.bytes)).toBe("Füge einen Hut hinzu");
  expect(prompt).not.toHaveProperty("filename");
  expect(image).toMatchObject({ name: "image", filename: "odd %22name%22.png", contentType: "image/png" });
  expect(image?.bytes.length).toBe(70_000);
});

test.each([
  [
    "a missing closing boundary",
    '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx',
    "closing boundary",
  ],
  ["another boundary than announced", "--other\r\n\r\n\r\n--other--", "is missing in the body"],
  ["a part without a disposition", "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--", "form-data"],
  ["a part without a name", "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", "no name"],
  ["headers without end", `--b\r\n${"x".repeat(17_000)}`, "16 KiB"],
])("refuses %s", (_, body, message) => {
  expect(() => parse(encode(body), "b")).toThrow(MultipartError);
  expect(() => parse(encode(body), "b")).toThrow(message);
});

test("survives any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        parse(joinBytes([encode("--b\r\n"), bytes]), "b");
      } catch (error) {
        expect(error).toBeInstanceOf(MultipartError);
      }
    }),
  );
});
