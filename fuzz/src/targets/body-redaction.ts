import { exampleModel } from "../../../packages/client/src/generated/example-model.gen.ts";
import { createBodyRedactor } from "../../../packages/client/src/server/response/redact-body.ts";
import { createUpstreamRedactor } from "../../../packages/client/src/server/response/redact-upstream.ts";
import { check, type Target } from "../engine/target.ts";
import { large, pixel } from "../fixtures/images.ts";
import { chunkSizes } from "../oracles/chunks.ts";
import { key, keySpellings, prompt } from "../oracles/secrets.ts";

const host = "images.upstream.example.com";
const json = JSON.stringify;

export const target: Target = {
  name: "body-redaction",
  covers: [
    "packages/client/src/server/response/redact-body.ts",
    "packages/client/src/server/response/body-bytes.ts",
    "packages/client/src/server/response/redact-upstream.ts",
    "packages/client/src/server/response/find-addresses.ts",
  ],
  seeds: [
    json({
      created: 1,
      data: [{ b64_json: pixel, url: `https://${host}/a.png` }],
      message: `${key} at 10.0.0.1:8080`,
    }),
    json({ data: [{ b64_json: large }], error: `http://db.internal:5432/ ${key.slice(0, 9)}` }),
    `event: image_edit.completed\r\ndata: ${json({ b64_json: pixel, note: key })}\r\n\r\n: ${key}\nid: 1\n\n`,
    `data: {"content":"${key.slice(0, 12)}"}\n\ndata: {"content":"${key.slice(12)}"}\n\n`,
    `plain ${key}\n{"a":"![a](https://${host}/a.png)"}`,
    json({ content: `data:image/png;base64,${large}`, output: [`https://x.test/${key}`] }),
    Buffer.from(pixel, "base64"),
  ],
  dictionary: [
    ...keySpellings,
    host,
    "10.0.0.1",
    "[::1]:80",
    "localhost",
    "data: ",
    "event: ",
    "\n\n",
    "\r\n",
    '"',
    "\\",
    "\\u002c",
    "base64,",
    "b64_json",
    "content",
    "url",
    ":",
    ",",
    "{",
    "}",
    "[",
    "]",
    pixel,
    "https://",
  ],
  maxBytes: 16_384,
  maxSteps: { fixed: 100_000, perByte: 2000 },
  run(input) {
    const [first = 1, ...others] = chunkSizes(input.length);
    const whole = pass(input, first);
    check(
      whole.length === input.length,
      "a body keeps its length",
      () => `${whole.length}, not ${input.length}`,
    );
    for (const size of others)
      check(pass(input, size).equals(whole), "a body is redacted the same for any chunks", () => `${size}`);
    const before = parsed(Buffer.from(input));
    if (before === undefined) return;
    const after = parsed(whole);
    check(after !== undefined, "JSON stays JSON", () => whole.toString().slice(0, 400));
    // Long runs may be images, in which nothing is changed; every other string is checked.
    for (const text of stringsIn(after))
      if (!/[\w+/=-]{40}/.test(text))
        check(!text.includes(key), "no key in a body", () => text.slice(0, 300));
  },
};

function pass(input: Uint8Array, size: number): Buffer {
  const redactor = createUpstreamRedactor({ key, host, port: "8443", prompt, sent: [exampleModel] });
  const body = createBodyRedactor(redactor.findInSegment);
  const out: Buffer[] = [];
  for (let at = 0; at < input.length; at += size)
    out.push(Buffer.from(body.push(input.slice(at, at + size))));
  out.push(Buffer.from(body.end()));
  return Buffer.concat(out);
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined; // not JSON: nothing to compare
  }
}

function* stringsIn(value: unknown): Generator<string> {
  const open = [value];
  for (let next = open.pop(); open.length > 0 || next !== undefined; next = open.pop()) {
    if (typeof next === "string") yield next;
    else if (typeof next === "object" && next !== null) open.push(...Object.values(next));
  }
}
