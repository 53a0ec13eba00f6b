// Over 220 lines: one list of readers and the input that each must read in linear time.
import { didYouMean } from "../../packages/cli/src/errors/did-you-mean.ts";
import { parseGlob } from "../../packages/cli/src/input/glob.ts";
import { sanitizeText as forTerminal } from "../../packages/cli/src/terminal/sanitize-text.ts";
import { sanitizeText } from "../../packages/client/src/errors/sanitize-text.ts";
import { parseServerError } from "../../packages/client/src/errors/server-error.ts";
import { openByteSource } from "../../packages/client/src/media/byte-source.ts";
import { exifOrientation } from "../../packages/client/src/media/exif.ts";
import { inspectImage } from "../../packages/client/src/media/inspect-image.ts";
import { inspectMask } from "../../packages/client/src/media/inspect-mask.ts";
import { hasAllScans } from "../../packages/client/src/media/jpeg/has-all-scans.ts";
import { svgRootOf } from "../../packages/client/src/media/svg.ts";
import { readRetryAfterMs } from "../../packages/client/src/request/retry-after.ts";
import { readEvents } from "../../packages/client/src/response/events/read-events.ts";
import { createSseParser } from "../../packages/client/src/response/events/sse-parser.ts";
import { createImageScanner } from "../../packages/client/src/response/image-scanner.ts";
import { memoryStore } from "../../packages/client/src/response/image-store.ts";
import { readJson } from "../../packages/client/src/response/read-json.ts";
import { findLinks } from "../../packages/client/src/response/shapes/find-links.ts";
import { boundaryOf, parseForm } from "../../packages/client/src/server/request/parse-multipart.ts";
import { createMultipartParser } from "../../packages/mock/src/request/parse-multipart.ts";
import { fencedBlocks } from "../../tools/src/document/find-block.ts";
import { parseObject } from "../../tools/src/document/parse-object.ts";
import type { LinearCase } from "./engine/steps-worker.ts";
import { chunksOf } from "./oracles/chunks.ts";
import { toImage } from "./oracles/responses.ts";

const latin1 = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const ignore = () => undefined;

/** Reads a response in single bytes, which is what a hostile server can send. */
const response = (name: string, textOf: (count: number) => string): LinearCase => ({
  name,
  make: (count) => latin1(textOf(count)),
  run: (input: Uint8Array) => readJson(chunksOf(input, 1), { toImage }).catch(ignore),
});

const stream = (name: string, textOf: (count: number) => string): LinearCase => ({
  name,
  make: (count) => latin1(textOf(count)),
  async run(input: Uint8Array) {
    try {
      for await (const event of readEvents(chunksOf(input, 64), { toImage, requested: 2 }))
        ignore.call(event);
    } catch {
      // Only the steps count.
    }
  },
});

const image = (name: string, textOf: (count: number) => string): LinearCase => ({
  name,
  make: (count) => latin1(textOf(count)),
  run: (input: Uint8Array) => inspectImage(openByteSource(input)),
});

const text = (
  name: string,
  textOf: (count: number) => string,
  run: (input: string) => unknown,
): LinearCase => ({
  name,
  make: textOf,
  run,
});

/** A progressive JPEG of `count` x 8 pixels whose refinement scans are codes for 32,767 blocks each. */
function refinements(count: number): Uint8Array {
  const segment = (marker: string, data: string) =>
    `${marker}${(data.length / 2 + 2).toString(16).padStart(4, "0")}${data}`;
  const side = Math.min(65_535, count * 8)
    .toString(16)
    .padStart(4, "0");
  const frame = segment("ffc2", `08${side}fff801011100`);
  const table = segment("ffc4", `1001${"00".repeat(15)}e0`);
  const blocks = count * 8191;
  const bits = `0${"1".repeat(14)}`.repeat(Math.ceil(blocks / 32_767) + 1);
  const data = (bits.match(/.{1,8}/g) ?? [])
    .map((byte) =>
      Number.parseInt(byte.padEnd(8, "0"), 2).toString(16).padStart(2, "0").replace("ff", "ff00"),
    )
    .join("");
  const scans = [0x01, 0x10].map(
    (bits) => `${segment("ffda", `010100013f${bits.toString(16).padStart(2, "0")}`)}${data}`,
  );
  return new Uint8Array(Buffer.from(`ffd8${frame}${table}${scans.join("")}`, "hex"));
}

/** Every reader and cleaner of foreign data, with what would make it slow. */
/** A JPEG of `16 * count` pixels in both directions, and a few bytes. */
function jpegOf(count: number, frame: string, components: string, scan: string): Uint8Array {
  const side = (16 * count).toString(16).padStart(4, "0");
  return new Uint8Array(Buffer.from(`ffd8ff${frame}${side}${side}${components}${scan}00`, "hex"));
}

export const cases: readonly LinearCase[] = [
  { name: "a JPEG's refinement scans", make: refinements, run: hasAllScans },
  {
    name: "blocks of a JPEG whose scan has no coefficients",
    make: (count) => jpegOf(count, "c2000b08", "01011100", "ffda0008010100ff3030"),
    run: hasAllScans,
  },
  {
    name: "units of a JPEG that have no blocks",
    make: (count) => jpegOf(count, "c0001108", "03010000020000031100", "ffda000a0201000200003f00"),
    run: hasAllScans,
  },
  image("a JPEG of fill bytes", (count) => `\xff\xd8\xff${"\xff".repeat(64 * count)}`),
  image("a JPEG's tables", (count) => `\xff\xd8${"\xff\xc4\0\x02".repeat(count)}`),
  image(
    "a PNG's chunks",
    (count) =>
      `\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0....${"\0\0\0\0eXIf....".repeat(count)}`,
  ),
  image("a WebP's chunks", (count) => `RIFF\xff\xff\xff\x7fWEBP${"EXIF\0\0\0\0".repeat(count)}`),
  image("the spaces in an SVG's size", (count) => `<svg width="1${" ".repeat(count)}!"/>`),
  {
    name: "a mask's chunks",
    make: (count) => latin1(`\x89PNG\r\n\x1a\n${"\0\0\0\0abcd....".repeat(count)}`),
    run: (input: Uint8Array) => inspectMask(openByteSource(input)),
  },
  {
    name: "EXIF entries",
    make: (count) => latin1(`MM\0*\0\0\0\x08\xff\xff${"\0".repeat(12 * count)}`),
    run: exifOrientation,
  },
  text("doctypes before an SVG", (count) => "<!doctype>".repeat(count), svgRootOf),
  text("attributes of an SVG", (count) => `<svg ${"a='' ".repeat(count)}`, svgRootOf),
  response("brackets in a response", (count) => "[".repeat(count)),
  response("text before a response", (count) => `<${"a ".repeat(count)}`),
  response("strings in a response", (count) => `{"a":[${'"https://x.test/a",'.repeat(count)}0]}`),
  response("JSON in a response's string", (count) =>
    JSON.stringify({ result: `[${"[1],".repeat(count)}0]` }),
  ),
  response("links in a message", (count) =>
    JSON.stringify({ choices: [{ message: { content: "https://x.test/a.png ".repeat(count) } }] }),
  ),
  response("escapes in a broken response", (count) => `{"data":"${"\\\\".repeat(count)}`),
  response("an HTML error page", (count) => `<html>${"<p>".repeat(count)}`),
  {
    name: "base64 in a response",
    make: (count) => latin1(`"${"AAAA".repeat(16 * count)}`),
    run: (input: Uint8Array) => createImageScanner(memoryStore).push(input),
  },
  stream("comments of a stream", (count) => ":\n".repeat(count)),
  stream("events without data", (count) => "event: a\n\n".repeat(count)),
  stream("broken events", (count) => "data: {\n\n".repeat(count)),
  stream("progress of a stream", (count) => 'data: {"progress":1}\n\n'.repeat(count)),
  stream("deltas of a chat", (count) => 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'.repeat(count)),
  stream("lines of one event", (count) => `${"data: 1\n".repeat(count)}\n`),
  stream("results of a stream", (count) =>
    Array.from({ length: count }, (_, at) => `data: {"data":[{"url":"https://x.test/${at}.png"}]}\n\n`).join(
      "",
    ),
  ),
  stream("kinds of results", (count) =>
    Array.from(
      { length: count },
      (_, at) => `event: done${at}\ndata: {"data":[{"url":"https://x.test/${at}.png"}]}\n\n`,
    ).join(""),
  ),
  {
    name: "line breaks of a stream",
    make: (count) => latin1("a\r".repeat(count)),
    run: (input: Uint8Array) =>
      createSseParser({
        onName: ignore,
        onLine: ignore,
        onData: ignore,
        onOther: ignore,
        onEnd: ignore,
      }).push(input),
  },
  text("brackets around links", (count) => `https://${"(".repeat(count)}`, findLinks),
  text("beginnings of links", (count) => "https://".repeat(count), findLinks),
  text("dots behind links", (count) => `https://x.test/${".".repeat(count)}`, findLinks),
  text("spaces in a server's message", (count) => " ".repeat(count), sanitizeText),
  text("escapes in a terminal's text", (count) => "\u001b[".repeat(count), forTerminal),
  text("line breaks in a terminal's text", (count) => "\n ".repeat(count), forTerminal),
  text(
    "spaces in a server's error",
    (count) => `request id${" ".repeat(count)}`,
    (message) => parseServerError({ error: { message } }),
  ),
  text(
    "digits of `retry-after`",
    (count) => "1".repeat(count),
    (value) => readRetryAfterMs({ get: () => value }, 0),
  ),
  text("parameters of a content type", (count) => `multipart/form-data${"; a=b".repeat(count)}`, boundaryOf),
  {
    name: "parts of a form",
    make: (count) =>
      latin1('--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'.repeat(Math.min(count, 100))),
    run: (input: Uint8Array) => tryForm(input),
  },
  ...[
    { name: "headers without an end, byte by byte", unit: "\r\r\n" },
    { name: "spaces behind a boundary, byte by byte", unit: " " },
  ].map(({ name, unit }) => ({
    name,
    make: (count: number) => latin1(`--b${unit === " " ? "" : "\r\n"}${unit.repeat(count)}`),
    async run(input: Uint8Array) {
      const parser = createMultipartParser("b");
      for await (const chunk of chunksOf(input, 1)) parser.push(chunk);
    },
  })),
  {
    name: "beginnings of boundaries",
    make: (count) =>
      latin1(`--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n${"\r\n--".repeat(count)}`),
    run: (input: Uint8Array) => tryForm(input),
  },
  {
    name: "beginnings of boundaries, to the mock",
    make: (count) =>
      latin1(`--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n${"\r\n--".repeat(count)}`),
    run: (input: Uint8Array) => createMultipartParser("boundary").push(input),
  },
  text(
    "a long name of a field",
    (count) => "a".repeat(count * 16),
    (name) => didYouMean(name, ["quality", "prompt", "output_compression"]),
  ),
  text(
    "stars of a glob",
    (count) => "a".repeat(count),
    (name) => parseGlob("*a*a*a*a*b").matches(name),
  ),
  text("quotes of a vendor's page", (count) => `${"> ".repeat(count)}a`, fencedBlocks),
  text(
    "values of a vendor's document",
    (count) => `a: [${"1,".repeat(count)}]`,
    (document) => parseObject(document, "It"),
  ),
];

function tryForm(input: Uint8Array): void {
  try {
    parseForm(input, "b");
  } catch {
    // Only the steps count.
  }
}
