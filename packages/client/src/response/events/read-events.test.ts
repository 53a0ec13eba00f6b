import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { EditedImage } from "../../edited-image.ts";
import { InvalidResponseError, isRetouchError, NetworkError } from "../../errors/errors.ts";
import { createRandom, escapeJson } from "../../fixtures/escape-json.ts";
import { inChunks, thenCut } from "../../fixtures/in-chunks.ts";
import type { DecodedImage } from "../decode-images.ts";
import type { ReaderOptions } from "../reader-options.ts";
import { readEvents } from "./read-events.ts";

const samples = [0, 1, 2, 3].map((seed) => Buffer.alloc(9000, `\0image ${seed}`).toString("base64"));
const [first = "", second = "", third = "", fourth = ""] = samples;

interface TestImage extends EditedImage {
  readonly base64: () => Promise<string>;
}
const toImage = (given: DecodedImage): TestImage => {
  const bytes = async () => new Uint8Array((await given.source?.slice(0, given.source.byteLength)) ?? []);
  return {
    url: given.url,
    bytes,
    base64: async () => Buffer.from(await bytes()).toString("base64"),
    blob: async () => new Blob(),
    dataUrl: async () => "",
  };
};

const event = (type: string, fields: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const partial = (index: number, b64_json: string) =>
  event("image_edit.partial_image", { partial_image_index: index, b64_json });
const completed = (b64_json: string, more = {}) => event("image_edit.completed", { b64_json, ...more });

interface Seen {
  readonly events: string[];
  readonly error?: unknown;
  readonly warnings: string[];
}

/** Reads a stream to its end and describes its events: `partial 0 AAAA`, `completed BBBB`. */
async function seen(
  body: AsyncIterable<Uint8Array> | string,
  options: Partial<ReaderOptions<TestImage>> = {},
): Promise<Seen> {
  const events: string[] = [];
  const warnings: string[] = [];
  const nameOf = async (image: TestImage) => {
    const base64 = await image.base64();
    return image.url ?? (samples.includes(base64) ? samples.indexOf(base64) : base64);
  };
  try {
    const chunks = typeof body === "string" ? inChunks(body, 1000) : body;
    for await (const given of readEvents(chunks, { toImage, ...options })) {
      if (given.type === "partial") events.push(`partial ${given.index}: ${await nameOf(given.image)}`);
      else {
        events.push(`completed: ${(await Promise.all(given.result.images.map(nameOf))).join()}`);
        warnings.push(
          ...given.result.warnings
            .map(({ code }) => code)
            .filter((code) => !/^(?:unrecognized_image|more_images)$/.test(code)),
        );
      }
    }
  } catch (error) {
    return { events, warnings, error };
  }
  return { events, warnings };
}

afterEach(() => void vi.useRealTimers());

describe("readEvents", () => {
  it.each<[string, string, string[]]>([
    [
      "partial images and the result",
      partial(0, first) + partial(1, second) + completed(third),
      ["partial 0: 0", "partial 1: 1", "completed: 2"],
    ],
    [
      "the other family",
      event("image_generation.partial_image", { partial_image_index: 0, b64_json: first }) +
        event("image_generation.completed", { b64_json: second }),
      ["partial 0: 0", "completed: 1"],
    ],
    [
      "types only in the data",
      partial(0, first).replace(/^event.*\n/, "") + completed(second).replace(/^event.*\n/, ""),
      ["partial 0: 0", "completed: 1"],
    ],
    [
      "types only on the event's line",
      `event: image_edit.partial_image\ndata: {"b64_json":"${first}"}\n\nevent: image_edit.completed\ndata: {"b64_json":"${second}"}\n\n`,
      ["partial 0: 0", "completed: 1"],
    ],
    ["no preview", completed(first), ["completed: 0"]],
    [
      "a URL",
      event("image_generation.completed", { url: "https://x.test/a", b64_json: "" }),
      ["completed: https://x.test/a"],
    ],
    [
      "a complete response in an event",
      `data: ${JSON.stringify({ created: 1, data: [{ b64_json: first }, { b64_json: second }] })}\n\n`,
      ["completed: 0,1"],
    ],
    ["`[DONE]`", `${completed(first)}data: [DONE]\n\n`, ["completed: 0"]],
    [
      "comments and other fields",
      `: hi\n\nid: 1\nretry: 5\n\n:\n${completed(first)}: bye\n\n`,
      ["completed: 0"],
    ],
    ["lines before it that are not events", `pong\n\n1f8\n${completed(first)}`, ["completed: 0"]],
    [
      "events without an image",
      event("ping", {}) + event("image_edit.started", { size: "1x1" }) + completed(first),
      ["completed: 0"],
    ],
    ["CRLF", completed(first).replaceAll("\n", "\r\n"), ["completed: 0"]],
    ["CR", completed(first).replaceAll("\n", "\r"), ["completed: 0"]],
    ["a byte order mark", `\ufeff${completed(first)}`, ["completed: 0"]],
    [
      "data over several lines",
      `data: {"type":"image_edit.completed",\ndata: "b64_json":\ndata: "${first}"}\n\n`,
      ["completed: 0"],
    ],
    [
      "no blank lines",
      partial(0, first).replace("\n\n", "\n") + completed(second).replace(/^event.*\n/, ""),
      ["partial 0: 0", "completed: 1"],
    ],
    ["no blank line at the end", completed(first).trimEnd(), ["completed: 0"]],
    ["JSON instead", `\n ${JSON.stringify({ data: [{ b64_json: first }] })}`, ["completed: 0"]],
    [
      "chunks of a chat completion",
      ['"![a](https://x"', '".test/a.png)"', "null"]
        .map((content) => `data: {"choices":[{"delta":{"content":${content}}}]}\n\n`)
        .join(""),
      ["completed: https://x.test/a.png"],
    ],
    [
      "the vendor's chat in one event",
      `data: ${JSON.stringify({ choices: [{ message: { content: `data:image/png;base64,${first}` } }] })}\n\n`,
      ["completed: 0"],
    ],
  ])("reads %s", async (_, text, events) => {
    for (const size of [1000, 1, 1e6]) {
      expect(await seen(inChunks(text, size))).toEqual({ events, warnings: [] });
    }
  });

  it("returns the usage and details of the completed event", async () => {
    const details = {
      usage: { input_tokens: 1, output_tokens: 2 },
      created_at: 5,
      size: "1x1",
      output_format: "png",
    };
    for await (const given of readEvents(inChunks(completed(first, details)), {
      toImage,
      requestId: "req_1",
    })) {
      expect(given).toMatchObject({
        result: {
          usage: { totalTokens: 3 },
          created: 5,
          size: "1x1",
          outputFormat: "png",
          requestId: "req_1",
        },
      });
    }
  });

  it("waits for every requested image and returns them in one result", async () => {
    const text = partial(0, first) + completed(second) + partial(0, first) + completed(third);
    expect(await seen(text, { requested: 2 })).toEqual({
      events: ["partial 0: 0", "partial 0: 0", "completed: 1,2"],
      warnings: [],
    });
  });

  it("returns images beyond those that were requested", async () => {
    const text = completed(first) + completed(second) + completed(third);
    expect((await seen(text)).events).toEqual(["completed: 0", "completed: 0,1,2"]);
  });

  it("does not wait for a server that never closes the stream after the result", async () => {
    vi.useFakeTimers();
    let isClosed = false;
    const body = {
      async *[Symbol.asyncIterator]() {
        try {
          yield Buffer.from(completed(first));
          await new Promise(() => undefined);
        } finally {
          isClosed = true;
        }
      },
    };
    const events: string[] = [];
    const reading = (async () => {
      for await (const given of readEvents(body, { toImage })) events.push(given.type);
    })();
    await vi.advanceTimersByTimeAsync(900);
    expect(events).toEqual(["completed"]);
    await vi.advanceTimersByTimeAsync(200);
    await reading;
    expect(isClosed).toBe(false);
  });

  it("closes the connection when its reader stops", async () => {
    let isClosed = false;
    const body = (async function* () {
      try {
        yield Buffer.from(partial(0, first));
        yield Buffer.from(partial(1, second));
      } finally {
        isClosed = true;
      }
    })();
    for await (const _ of readEvents(body, { toImage })) break;
    expect(isClosed).toBe(true);
  });

  it.each<[string, string, string]>([
    ["ends early", partial(0, first), "stream_incomplete"],
    ["ends within an event", partial(0, first) + completed(second).slice(0, -50), "stream_incomplete"],
    ["is empty", "", "empty_response"],
    ["is neither JSON nor events", "\x89PNG", "not_json"],
    ["is prose that begins like a stream", "internal error: the model is offline.\n", "not_json"],
    ["holds only comments", ": still here\n: still here\n", "stream_incomplete"],
    ["is done without a result", `${partial(0, first)}data: [DONE]\n\n`, "stream_incomplete"],
    [
      "reports an error",
      `${partial(0, first)}event: error\ndata: {"type":"error","error":{"code":"moderation_blocked","message":"Blocked."}}\n\n`,
      "moderation_blocked",
    ],
    [
      "reports an error without a type",
      `${partial(0, first)}data: {"error":{"message":"Blocked.","code":"moderation_blocked"}}\n\n`,
      "moderation_blocked",
    ],
    ["reports an error in plain text", `${partial(0, first)}event: error\ndata: Blocked.\n\n`, "error_event"],
    ["completes with damaged base64", `${partial(0, first)}${completed("*")}`, "bad_base64"],
    ["is HTML", "<html>Blocked.", "html_response"],
    ["is JSON of an error", '{"error":{"message":"Blocked.","code":"x"}}', "x"],
  ])("rejects a stream that %s, and returns what arrived", async (_, text, code) => {
    const { error, events } = await seen(text, { requestId: "req_1" });
    expect(error).toBeInstanceOf(InvalidResponseError);
    const { outcome, code: actual, requestId, images, message } = error as InvalidResponseError; // as asserted
    expect({ outcome, actual, requestId }).toEqual({ outcome: "unknown", actual: code, requestId: "req_1" });
    if (code === "moderation_blocked" || code === "error_event") expect(message).toContain("Blocked.");
    expect(images).toHaveLength(events.length);
    const raw = Buffer.from((await (error as InvalidResponseError).rawBody()) ?? []).toString();
    expect(raw.trimEnd() === text.trimEnd()).toBe(true);
  });

  it("records only the first comments, so that hours of keep-alive comments do not fill memory", async () => {
    const comments = ": still here\n".repeat(10_000);
    const { error } = await seen(`${comments}${partial(0, first)}`);
    const raw = Buffer.from((await (error as InvalidResponseError).rawBody()) ?? []).toString();
    expect(raw.trimEnd() === comments.slice(0, 65_536) + partial(0, first).trimEnd()).toBe(true);
  });

  it("stops at `maxAnswerBytes`", async () => {
    const { error } = await seen(partial(0, first) + completed(second), { maxAnswerBytes: 15_000 });
    expect(error).toMatchObject({ code: "response_too_large", outcome: "unknown" });
    expect((error as InvalidResponseError).images).toHaveLength(1);
  });

  describe("when the connection is cut", () => {
    const onBodyFailure: ReaderOptions<TestImage>["onBodyFailure"] = (cause, salvaged) =>
      new NetworkError("The connection was cut.", {
        outcome: "unknown",
        code: "connection_reset",
        cause,
        ...salvaged,
      });

    it("returns the partial images so far when the connection is cut", async () => {
      const { error } = await seen(thenCut(partial(0, first) + partial(0, second), "cut"), { onBodyFailure });
      expect(error).toBeInstanceOf(NetworkError);
      expect(
        await Promise.all((error as NetworkError).images.map((image) => (image as TestImage).base64())),
      ).toEqual([second]);
    });

    it("returns the completed images and warns about missing ones when the connection is cut", async () => {
      const text = completed(first) + completed(second).slice(0, -5);
      expect(await seen(thenCut(text, "cut"), { onBodyFailure, requested: 2 })).toEqual({
        events: ["completed: 0"],
        warnings: ["connection_reset", "fewer_images"],
      });
    });

    it("ignores a cut after the result", async () => {
      expect(await seen(thenCut(completed(first), "cut"), { onBodyFailure })).toEqual({
        events: ["completed: 0"],
        warnings: [],
      });
    });

    it("rethrows an abort while a stream is read", async () => {
      const reason = new DOMException("Stop.", "AbortError");
      const options = { onBodyFailure: () => reason, requested: 2 };
      expect(await seen(thenCut(partial(0, first) + completed(fourth), "cut"), options)).toMatchObject({
        events: ["partial 0: 0"],
        error: reason,
      });
    });
  });

  it("returns the completed images before an error and warns about the error", async () => {
    const text = `${completed(first)}event: error\ndata: {"error":{"message":"Blocked.","code":"blocked"}}\n\n`;
    expect(await seen(text, { requested: 2 })).toEqual({
      events: ["completed: 0"],
      warnings: ["blocked", "fewer_images"],
    });
  });

  it("retains the raw response only where the result is incomplete", async () => {
    const rawOf = async (text: string) => {
      let raw: Buffer | undefined;
      for await (const given of readEvents(inChunks(text, 1000), { toImage })) {
        if (given.type !== "completed") continue;
        const { rawBody } = given.result;
        raw = rawBody && Buffer.from(await rawBody());
      }
      return raw?.toString();
    };
    expect(await rawOf(`${partial(0, first)}${completed(second)}`)).toBeUndefined();
    const damaged = `${completed(`${second}*`)}${completed(second)}`;
    expect(await rawOf(damaged)).toBe(damaged);
  });

  it("skips an event that is not JSON and warns about it", async () => {
    expect(await seen(`data: {"b64_json": "${first}\n\n${completed(second)}`)).toEqual({
      events: ["completed: 1"],
      warnings: ["unreadable_event"],
    });
  });

  it("reads the same events however they are escaped and cut into chunks", async () => {
    const item = fc.tuple(
      fc.constantFrom("partial_image", "completed"),
      fc.nat(3),
      fc.boolean(),
      fc.boolean(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 5 }), fc.nat(), async (items, seed) => {
        const next = createRandom(seed);
        const end = () => ["\n", "\r\n", "\r"][Math.floor(next() * 3)] ?? "\n";
        const text = items
          .map(([kind, image, isNamed, isTyped]) => {
            const type = `image_edit.${kind}`;
            const hasType = isTyped || !isNamed;
            const json = escapeJson({ ...(hasType && { type }), b64_json: samples[image] }, next);
            const lines = json.split(/\r\n|\n/).map((line) => `data:${next() < 0.5 ? " " : ""}${line}`);
            return [...(isNamed ? [`event: ${type}`] : []), ...lines, "", ""].join(end());
          })
          .join(": keep-alive\n\n");
        let previews = 0;
        const results = items.filter(([kind]) => kind === "completed").map(([, image]) => image);
        const expected = items
          .filter(([kind], at) => kind !== "completed" || at === items.findIndex(([other]) => other === kind))
          .map(([kind, image]) =>
            kind === "completed" ? `completed: ${image}` : `partial ${previews++}: ${image}`,
          );
        if (results.length > 1) expected.push(`completed: ${results.join()}`);
        const { events } = await seen(inChunks(text, () => next() * 4000));
        expect(events).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it("ends or throws a RetouchError for any input", async () => {
    const line = fc.oneof(
      fc.constantFrom(
        "event: error",
        "event: image_edit.completed",
        "data: [DONE]",
        'data: {"b64_json":"AAAA"}',
        'data: {"error":{}}',
        "data: {",
        "data: null",
        "data: [[",
        'data: {"choices":[{"delta":{"content":"data:image/png;base64,A"}}]}',
        "",
      ),
      fc.string(),
    );
    const text = fc.array(line, { maxLength: 12 }).map((lines) => Buffer.from(lines.join("\n")));
    await fc.assert(
      fc.asyncProperty(fc.oneof(text, fc.uint8Array()), async (bytes) => {
        const { error, events } = await seen(inChunks(bytes, 3));
        if (error === undefined) expect(events.some((given) => given.startsWith("completed"))).toBe(true);
        else expect(isRetouchError(error)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
