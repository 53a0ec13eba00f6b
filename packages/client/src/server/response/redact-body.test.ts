import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom, escapeJson } from "../../fixtures/escape-json.ts";
import { makePng } from "../../fixtures/make-png.ts";
import { createBodyRedactor } from "./redact-body.ts";
import { createUpstreamRedactor } from "./redact-upstream.ts";

const png = makePng({
  widthPx: 24,
  heightPx: 16,
  colorType: 2,
  bitDepth: 8,
  pixel: (x, y) => [(x * 37 + y * 91) % 256, (x * y * 29) % 256, (x * 113 + y * y * 7) % 256],
});
const image = Buffer.from(png).toString("base64");
const secrets = { host: "api.example.com", port: "", prompt: "", sent: [] };

/** Passes a body in chunks of the given sizes, the last one again and again. */
function pass(key: string, body: string | Uint8Array, sizes: readonly number[] = [1]): Buffer {
  const redactor = createBodyRedactor(createUpstreamRedactor({ ...secrets, key }).findInSegment);
  const bytes = Buffer.from(body as string);
  const parts: Uint8Array[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const end = at + (sizes[Math.min(index, sizes.length - 1)] ?? 1);
    // A copy, because the redactor must not retain the chunk.
    parts.push(Buffer.from(redactor.push(bytes.subarray(at, end))));
    at = end;
  }
  parts.push(redactor.end());
  return Buffer.concat(parts);
}

const letters = (text: string): string => text.replace(/[^a-z\d]/gi, "");
const hex = (char: string): string => char.charCodeAt(0).toString(16);
/** Encodings of a character that a page, or a reader of its log, easily undoes. */
const escapings: Record<string, (char: string) => string> = {
  unchanged: (char) => char,
  "as a JSON escape": (char) => `\\u00${hex(char)}`,
  "as a JSON escape in upper case": (char) => `\\u00${hex(char).toUpperCase()}`,
  "in percent": (char) => `%${hex(char)}`,
  "in percent twice": (char) => `%25${hex(char)}`,
  "as a decimal entity": (char) => `&#${char.charCodeAt(0)};`,
  "as a hexadecimal entity": (char) => `&#x${hex(char).toUpperCase()};`,
  "as an escape of other languages": (char) => `\\x${hex(char)}`,
  spaced: (char) => `${char} `,
};
const escapingNames = fc.constantFrom(...Object.keys(escapings));
/** Keys of visible ASCII, of punctuation without a backslash, of letters only, and of characters of the image itself. */
const keys = fc.oneof(
  fc.stringMatching(/^[!-~]{12,60}$/).filter((key) => letters(key).length >= 8),
  fc.stringMatching(/^[!-[\]-~]{8,20}$/),
  fc.stringMatching(/^[a-z]{8,20}$/),
  fc.stringMatching(/^sk-[A-Za-z\d]{12,40}$/),
  fc.nat(image.length - 20).map((at) => image.slice(at, at + 12)),
);
const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 });

/** Decodes every escape that the tests create, and those of JSON. */
function decode(text: string): string {
  let decoded = text;
  for (let round = 0; round < 4; round++) {
    decoded = decoded.replace(
      /\\u00([\da-f]{2})|\\x([\da-f]{2})|%([\da-f]{2})|&#x([\da-f]+);|&#(\d+);/gi,
      (...found) => {
        const [digits] = found.slice(1, 5).filter((one) => one !== undefined);
        return String.fromCharCode(
          digits === undefined ? Number(found[5]) : Number.parseInt(String(digits), 16),
        );
      },
    );
  }
  return decoded;
}

/** Fails if the key can be read from a text. A key without letters is only searched for unchanged. */
function expectNoKey(text: string, key: string): void {
  for (const seen of [text, decode(text)]) {
    expect(seen.includes(key)).toBe(false);
    if (letters(key).length >= 8) expect(letters(seen).includes(letters(key))).toBe(false);
  }
}

describe(createBodyRedactor, () => {
  test("hides any key, however it is escaped and split, and leaves the image of the same body unchanged", () => {
    const inputs = fc.record({
      key: keys,
      escaped: fc.array(escapingNames, { minLength: 60, maxLength: 60 }),
      sizes,
      seed: fc.nat(),
      isStream: fc.boolean(),
      before: fc.constantFrom(
        "",
        "Incorrect API key provided: ",
        'x\u00e9\n\\"',
        `![a](data:image/png;base64,${image}) `,
      ),
    });
    fc.assert(
      fc.property(inputs, ({ key, escaped, sizes, seed, isStream, before }) => {
        const written = [...key]
          .map((char, index) => escapings[escaped[index] ?? ""]?.(char) ?? char)
          .join("");
        const random = createRandom(seed);
        const note = { note: before + written, data: [{ b64_json: image, revised_prompt: written }] };
        const spelled = escapeJson(note, random);
        const body = isStream
          ? `event: x\ndata: ${spelled.replace(/[\r\n]/g, " ")}\n\ndata: ~${written}\n\n`
          : spelled;
        const passed = pass(key, body, sizes);
        expect(passed.length).toBe(Buffer.byteLength(body));
        const json = passed.toString().replace(/^event: x\ndata: (.*)\n[\s\S]*$/, "$1");
        const parsed = JSON.parse(json) as typeof note;
        expect(parsed.data[0]?.b64_json).toBe(image);
        const noted = parsed.note.split(image);
        expect(noted).toHaveLength(before.includes(image) ? 2 : 1);
        for (const text of [...noted, parsed.data[0]?.revised_prompt ?? ""]) expectNoKey(text, key);
        // The image contains some of the keys.
        if (!image.includes(key)) expectNoKey(passed.toString(), key);
      }),
      { numRuns: 400 },
    );
  });

  test("hides a key that is split over strings, array items or deltas", () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 60 });
    const joins: Record<string, (parts: string[]) => string> = {
      deltas: (parts) =>
        parts
          .map((content) => `data: ${JSON.stringify({ id: "c", choices: [{ delta: { content } }] })}\n\n`)
          .join(""),
      items: (parts) => `data: ${JSON.stringify({ parts })}\n\n`,
      members: (parts) =>
        `data: ${JSON.stringify(Object.fromEntries(parts.map((part, index) => [`_${index}`, part])))}\n\n`,
      "a sum": (parts) =>
        `data: ${JSON.stringify({ said: parts.map((part) => `"${part}"`).join(" + ") })}\n\n`,
      lines: (parts) => parts.map((part) => `data: ~${part}\n\n`).join(""),
    };
    const key = fc.stringMatching(/^sk-[A-Za-z\d]{12,40}$/);
    fc.assert(
      fc.property(
        key,
        cuts,
        fc.constantFrom(...Object.keys(joins)),
        sizes,
        (secret, lengths, how, chunkSizes) => {
          const parts: string[] = [];
          for (let at = 0, index = 0; at < secret.length; index++) {
            const length = lengths[index % lengths.length] ?? 1;
            parts.push(secret.slice(at, at + length));
            at += length;
          }
          const passed = pass(secret, joins[how]?.(parts) ?? "", chunkSizes).toString();
          const said = passed
            .replace(/^data: /gm, "")
            .replace(/"(?:id|choices|delta|content|parts|said|_\d+)":|"id":"c"|"c"/g, "");
          // Of a split key, fewer than eight letters and digits in a row reach the page.
          for (let at = 0; at + 8 <= letters(secret).length; at++)
            expect(letters(said)).not.toContain(letters(secret).slice(at, at + 8));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("hides a key whose parts are protocol names", () => {
    const parts = ["sk-a", "00aa", "type", "0a00"];
    const events = parts.map((content) => `data: ${JSON.stringify({ delta: { content } })}\n\n`).join("");
    expect(pass(parts.join(""), events).toString()).not.toContain('"content":"type"');
  });

  const key = "sk-secret-of-the-server-4711";
  test.each([
    ["in base64", Buffer.from(`Bearer ${key}`).toString("base64")],
    ["in base64 of another alignment", Buffer.from(`x:${key}!`).toString("base64url")],
    ["in hex", Buffer.from(key).toString("hex")],
    ["in upper-case hex", Buffer.from(key).toString("hex").toUpperCase()],
    ["in part", key.slice(5, 16)],
    ["as JSON in JSON", JSON.stringify(JSON.stringify({ key: key.replace(/-/g, "\\/-") }))],
  ])("hides a key %s", (_, written) => {
    const passed = JSON.parse(pass(key, JSON.stringify({ note: `a ${written} b` })).toString()) as {
      note: string;
    };
    expect(passed.note).toMatch(/^a .*\*{8}.* b$/);
    expect(passed.note).not.toMatch(/secret|server|[A-Za-z\d]{14}/);
  });

  test.each(["x", "na", "key", "123", "AAAA", "1234567"])(
    "changes nothing for the key %j, which is too short",
    (short) => {
      const body = JSON.stringify({ created: 1234567, key: "na 123", data: [{ b64_json: image }] });
      expect(pass(short, body).toString()).toBe(body);
    },
  );

  test.each([
    ["an SVG", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'],
    ["an SVG with a declaration", '<?xml version="1.0" encoding="UTF-8" standalone="no"?><svg width="9"/>'],
    ["a GIF", `GIF89a\x09\0\x09\0\x80\0\0${"pixels ".repeat(20)};`],
  ])("leaves %s unchanged for a key that is part of it", (_, bytes) => {
    const base64 = Buffer.from(bytes, "latin1").toString("base64");
    const body = JSON.stringify({ data: [{ b64_json: base64 }] });
    expect(pass(base64.slice(60, 72), body, [7]).toString()).toBe(body);
  });

  test("leaves an image unchanged for a key that is part of it, however its base64 is written", () => {
    const part = image.slice(40, 52);
    for (const text of [
      image,
      image.replaceAll("/", "\\/"),
      image.replace(/.{76}/g, "$&\\n"),
      `data:image/png;base64,${image}`,
    ]) {
      for (const body of [
        `{"data":[{"b64_json":"${text}"}]}`,
        `{"choices":[{"message":{"content":"![](data:image/png;base64,${text})"}}]}`,
      ])
        expect(pass(part, body, [3]).toString()).toBe(body);
    }
    const bytes = Buffer.concat([png, Buffer.from(key)]);
    expect(pass(key, bytes, [5, 20]).equals(bytes)).toBe(true);
    expect(pass(key, bytes.subarray(0, 12), [5]).equals(bytes.subarray(0, 12))).toBe(true);
  });

  test("keeps protocol names, the page's own text and numbers that a page parses", () => {
    const names = '{"type":"image_edit.completed","b64_json":"","usage":{"total_tokens":4711}}';
    expect(pass("my-image-edit-completed-total-tokens-b64-json", names).toString()).toBe(names);
    const numbers = pass("1234567890", '{"created":1234567890,"n":-12,"ok":true}').toString();
    expect(JSON.parse(numbers)).toEqual({ created: 1111111111, n: -12, ok: true });
  });

  test.each([
    ["begins in an escape", "nabcdefgh", '{"a":"x\\nabcdefgh"}'],
    ["ends in an escape", "abcdefg!\\", '{"a":"abcdefg!\\"x"}'],
  ])("leaves valid JSON for a key that %s", (_, key, body) => {
    expect(JSON.parse(pass(key, body).toString())).toEqual({ a: expect.stringMatching(/^x?\*+x?$/) });
  });

  test("forwards every complete event immediately, and an image as it arrives", () => {
    const redactor = createBodyRedactor(createUpstreamRedactor({ ...secrets, key }).findInSegment);
    const push = (text: string) => Buffer.from(redactor.push(Buffer.from(text))).toString();
    expect(push("data: sk\n\n")).toBe("data: sk\n\n");
    expect(push('data: {"b64_json":"')).toBe('data: {"b64_json":"');
    expect(push(image.slice(0, 300))).toBe(image.slice(0, 300));
    expect(push("AAAA")).toBe("AAAA");
  });

  test("forwards whitespace before a document immediately", () => {
    const redactor = createBodyRedactor(createUpstreamRedactor({ ...secrets, key }).findInSegment);
    for (const blank of [" ", "\n", "\r\n\t "])
      expect(Buffer.from(redactor.push(Buffer.from(blank))).toString()).toBe(blank);
  });

  test.each([
    ["a string that never ends", `{"a":"${"x".repeat(2_000_000)}`],
    ["base64 of an unknown format", `{"b64_json":"${"Zm9v".repeat(500_000)}"}`],
    ["keys", `{"a":"${key.repeat(50_000)}"}`],
    ["backslashes", `{"a":"${"\\\\".repeat(500_000)}"}`],
    ["beginnings of escapes", `{"a":"${"%2&#x".repeat(300_000)}"}`],
    ["brackets", `${"[".repeat(1_000_000)}`],
    ["beginnings of images", `{"a":"${"base64,".repeat(200_000)}"}`],
    ["line breaks", `${"data:\n".repeat(200_000)}`],
  ])("searches each byte only a few times for %s", (_, body) => {
    // Counted in bytes searched, not in time: each is searched at most a few times.
    let searched = 0;
    const redactor = createBodyRedactor(({ text, before }) => {
      searched += text.length + before.join("").length;
      return [];
    });
    const bytes = Buffer.from(body);
    let passed = 0;
    for (let at = 0; at < bytes.length; at += 10_000)
      passed += redactor.push(bytes.subarray(at, at + 10_000)).length;
    passed += redactor.end().length;
    expect(passed).toBe(bytes.length);
    expect(searched).toBeLessThan(bytes.length * 40);
  });
});
