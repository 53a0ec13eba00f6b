import { describe, expect, expectTypeOf, it } from "vitest";
import { createImageClient } from "../create-image-client.ts";
import { sampleImage } from "../fixtures/images.ts";
import type { ImageClientOptions } from "../options.ts";
import { isInvalidInputError, isRetouchError, type Problem, type RetouchError } from "./errors.ts";
import { formatMessage, hasCode } from "./format-message.ts";
import type { MessageNames } from "./message-names.ts";

const image = sampleImage();
const b64_json = Buffer.from(image).toString("base64");
/** A page: labels for the fields, and no options, because its visitors have none. */
const page: MessageNames = { field: (name) => `<${name}>`, api: () => undefined };
/** An audience with a name for everything, different from those of code. */
const marked: MessageNames = { field: (name) => `F(${name})`, api: (name, value) => `A(${name}, ${value})` };

async function errorOf(work: () => unknown): Promise<RetouchError> {
  try {
    await work();
  } catch (error) {
    if (isRetouchError(error)) return error;
    throw error;
  }
  return expect.unreachable("it succeeded");
}

function clientOf(respond: () => Response | Promise<Response>, options: ImageClientOptions = {}) {
  const fetch = async () => respond();
  return createImageClient({
    apiKey: "key-0001",
    baseUrl: "https://a.example",
    maxRetries: 0,
    fetch,
    ...options,
  });
}

async function failure(respond: () => Response | Promise<Response>, options?: ImageClientOptions) {
  return errorOf(() => clientOf(respond, options).edit({ model: "acme-9", image, prompt: "A red hat" }));
}

const brokenParams = {
  model: "gpt-image-1",
  prompt: "x".repeat(40_000),
  image: [image, new Blob(["{}"]), "photo.png"],
  mask: sampleImage(),
  n: 99,
  quality: "hd",
  user: {},
  color: "red",
  extra: { n: 2, deep: {} },
};

/** The errors and warnings whose messages have names, one for each sentence that depends on more than a field. */
const subjects: readonly (readonly [string, () => Promise<Problem | RetouchError>])[] = [
  ["input problems", () => errorOf(() => clientOf(Response.error).edit(brokenParams as never))],
  ["an unknown option", () => errorOf(() => createImageClient({ baseURL: "x" } as never))],
  ["an invalid base URL", () => errorOf(() => createImageClient({ baseUrl: "a.example" }))],
  ["a base URL with a key", () => errorOf(() => createImageClient({ baseUrl: "https://u:p@a.example" }))],
  ["a base URL with a query", () => errorOf(() => createImageClient({ baseUrl: "https://a.example?b=c" }))],
  ["plain http", () => errorOf(() => createImageClient({ baseUrl: "http://a.example" }))],
  ["no key", () => errorOf(() => createImageClient({}))],
  ["a broken key", () => errorOf(() => createImageClient({ apiKey: "a b" }))],
  ["a foreign key", () => errorOf(() => createImageClient({ apiKey: "sk-proj-0123456789" }))],
  ["a short key", () => failure(Response.error, { apiKey: "k" })],
  ["401", () => failure(() => Response.json({}, { status: 401 }))],
  ["404", () => failure(() => Response.json({ error: { message: "No." } }, { status: 404 }))],
  ["429", () => failure(() => new Response("", { status: 429, headers: { "retry-after": "3" } }))],
  ["500", () => failure(() => Response.json({ error: { code: "oops" } }, { status: 500 }))],
  ["a refused connection", () => failure(() => refuse("ECONNREFUSED"))],
  ["an unknown host", () => failure(() => refuse("ENOTFOUND"))],
  ["a rejected certificate", () => failure(() => refuse("CERT_HAS_EXPIRED"))],
  ["a timeout", () => failure(() => new Promise(() => undefined), { timeoutMs: 1 })],
  ["no image", () => failure(() => Response.json({ data: [] }))],
  ["a cut response", () => failure(() => new Response(`{"data":[{"b64_json":"${b64_json}"}`))],
  ["a large response", () => failure(() => Response.json({ data: [{ b64_json }] }), { maxAnswerBytes: 9 })],
  ["a private URL", () => download("https://192.168.1.2/a.png")],
  ["fewer images", async () => warningOf({ n: 2 }, () => Response.json({ data: [{ b64_json }] }))],
  ["an error event after an image", async () => warningOf({ n: 2, stream: true }, errorAfterImage)],
];

function refuse(code: string): never {
  throw Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(code), { code }) });
}

async function download(url: string): Promise<RetouchError> {
  const { images } = await clientOf(() => Response.json({ data: [{ url }] })).edit({
    model: "acme-9",
    image,
    prompt: "p",
  });
  return errorOf(() => images[0]?.bytes());
}

function errorAfterImage(): Response {
  const events = [
    { type: "image_edit.completed", b64_json },
    { type: "error", error: { message: "Overloaded." } },
  ];
  const body = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

async function warningOf(params: object, respond: () => Response): Promise<Problem> {
  const { warnings } = await clientOf(respond).edit({
    model: "acme-9",
    image,
    prompt: "p",
    ...params,
  } as never);
  const [first] = warnings.filter(({ field }) => field === "n" || field === "stream");
  return first ?? expect.unreachable("there is no warning");
}

describe(formatMessage, () => {
  it.each(subjects)("returns the message itself with the names of code: %s", async (_, create) => {
    const subject = await create();
    expect(subject.params ?? isInvalidInputError(subject)).toBeTruthy();
    expect(formatMessage(subject)).toBe(subject.message);
    expect(subject.message).toMatch(/\.$/);
  });

  it.each(subjects)("uses no name of code for another audience: %s", async (_, create) => {
    const subject = await create();
    const names =
      /`(?:image(?:\[\d\])?|mask|n|prompt|quality|user|color|model|extra[.\w]*|apiKey|baseUrl\W?.*|timeoutMs|maxAnswerBytes|query|allowInsecureHttp|error\..*|image\.url)`/;
    expect(formatMessage(subject, marked)).not.toMatch(names);
  });

  it("uses the names of an audience for every problem of an input", async () => {
    const error = await errorOf(() => clientOf(Response.error).edit(brokenParams as never));
    if (!isInvalidInputError(error)) return expect.unreachable("it has no problems");
    expect(formatMessage(error, page).split("\n")).toEqual(
      error.problems.filter(({ severity }) => severity === "error").map((one) => formatMessage(one, page)),
    );
    for (const problem of error.problems) expect(formatMessage(problem, page)).toMatch(/^<[\w.[\]]+> /);
  });

  it("omits advice that an audience cannot follow", async () => {
    expect(formatMessage(await failure(() => Response.json({ data: [] })), page)).toBe(
      "The response contains no image. This edit may have been billed.",
    );
    expect(formatMessage(await failure(() => refuse("ECONNREFUSED")), page)).toBe(
      "The server refused the connection. Nothing was billed: the server has no complete request.",
    );
    expect(formatMessage(await download("https://192.168.1.2/a.png"), page)).toBe(
      "The image URL is in a private or reserved network and is not fetched. The image was billed.",
    );
  });

  it("returns the message of a problem without parameters, or with an unknown code", () => {
    const problem: Problem = { severity: "error", field: "n", code: "future", message: "`n` is odd." };
    expect(formatMessage(problem, page)).toBe("`n` is odd.");
    expect(formatMessage({ ...problem, params: { size: 3 } }, page)).toBe("`n` is odd.");
    expect(formatMessage({ ...problem, code: "toString", params: { size: 3 } }, page)).toBe("`n` is odd.");
  });
});

describe(hasCode, () => {
  it("types the parameters of a code", async () => {
    const { problems } = await clientOf(Response.error).check({
      model: "gpt-image-1",
      image,
      prompt: "x".repeat(40_000),
    });
    const [problem] = problems;
    if (!problem || !hasCode(problem, "too_long")) return expect.unreachable("it is not too long");
    expectTypeOf(problem.params.maxLength).toEqualTypeOf<number>();
    expect(problem.params).toEqual({ length: 40_000, maxLength: 32_000 });
    expect(hasCode(problem, "too_short")).toBe(false);
    expect(hasCode({ ...problem, params: undefined }, "too_long")).toBe(false);
  });
});
