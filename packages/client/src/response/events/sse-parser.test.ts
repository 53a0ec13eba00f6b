import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../fixtures/escape-json.ts";
import { createSseParser } from "./sse-parser.ts";

interface TestEvent {
  readonly name: string;
  readonly data: string;
}

/** Parses with our parser, in chunks of the sizes that `next` returns. */
function split(bytes: Uint8Array, next: () => number): TestEvent[] {
  const events: TestEvent[] = [];
  let name = "";
  let parts: Uint8Array[] = [];
  const splitter = createSseParser({
    onName: (given) => {
      name = given;
    },
    onLine: (isNext) => {
      if (isNext) parts.push(Buffer.from("\n"));
    },
    onData: (part) => parts.push(part.slice()),
    onOther: () => undefined,
    onEnd: () => {
      events.push({ name, data: Buffer.concat(parts).toString() });
      parts = [];
    },
  });
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + Math.floor(next() * 20);
    splitter.push(bytes.subarray(at, end));
    at = end;
  }
  splitter.end();
  return events;
}

/** A reference parser of the HTML standard for a complete text; an unterminated event counts too. */
function reference(text: string): TestEvent[] {
  const events: TestEvent[] = [];
  let name = "";
  let data: string[] = [];
  for (const line of [...text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/), ""]) {
    if (line === "") {
      if (data.length) events.push({ name, data: data.join("\n") });
      [name, data] = ["", []];
    }
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "data") data.push(value);
    if (field === "event") name = value;
  }
  return events;
}

describe("createSseParser", () => {
  it("parses like the standard for any line endings and chunks", () => {
    const line = fc.constantFrom(
      "data: a",
      "data:b",
      'data:  {"c": 1}',
      "data",
      "data:",
      "data: é\u{1f3a8}",
      "event: image_edit.completed",
      "event:error",
      "event",
      ": keep-alive",
      ":",
      "id: 1",
      "retry: 5",
      "databases: x",
      "events: x",
      "",
      "",
    );
    const end = fc.constantFrom("\n", "\r\n", "\r");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(line, end), { maxLength: 30 }),
        fc.boolean(),
        fc.boolean(),
        fc.nat(),
        (lines, hasMark, isCut, seed) => {
          const text = (hasMark ? "\ufeff" : "") + lines.flat().join("");
          const whole = isCut ? text.replace(/[\r\n]+$/, "") : text;
          expect(split(Buffer.from(whole), createRandom(seed))).toEqual(reference(whole));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("never throws for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (bytes, seed) => {
        split(bytes, createRandom(seed));
      }),
    );
  });
});
