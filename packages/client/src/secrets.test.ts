import { afterEach, describe, expect, it } from "vitest";
import { createImageClient } from "./create-image-client.ts";
import { isRetouchError } from "./errors/errors.ts";
import { sampleImage } from "./fixtures/images.ts";
import { type EditServer, sendJson, startEditServer } from "./fixtures/start-edit-server.ts";
import type { ImageClientOptions } from "./options.ts";

/** The secrets that must not be found. Each is its own name in a report. */
const markers = {
  key: "sk-MARKERKEY-5f1e0a",
  prompt: "MARKERPROMPT paint the secret garden of my aunt",
  header: "MARKERHEADER-77aa",
  query: "MARKERQUERY-88bb",
  path: "MARKERPATH",
  user: "MARKERUSER-alice-at-example",
  url: "https://files.example/a.png?sig=MARKERURL",
  body: "MARKERBODY",
  html: "<html><body>MARKERHTML</body></html>",
};
const leaks = /MARKER\w*|[^\P{Cc}\n]|\p{Cf}/gu;

const everything = Object.values(markers).join(" ");
/** Everything that was sent, which a server can quote in its own message. */
const sent = [
  markers.key,
  markers.prompt,
  markers.header,
  markers.query,
  markers.path,
  markers.user,
  markers.url,
].join(" ");
const params = {
  model: "gpt-image-1",
  image: sampleImage(),
  prompt: markers.prompt,
  user: markers.user,
} as const;

const servers: EditServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** Returns every string that can be reached from a value through any kind of property. */
function stringsIn(value: unknown, seen = new Set<unknown>()): string[] {
  if (typeof value === "string") return [value];
  if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value))
    return [];
  seen.add(value);
  if (value instanceof Map || value instanceof Set)
    return [...value].flatMap((entry) => stringsIn(entry, seen));
  return Reflect.ownKeys(value).flatMap((key) => [
    String(key),
    ...stringsIn((value as Record<PropertyKey, unknown>)[key], seen),
  ]);
}

/** Runs one edit that fails, and returns everything that a user could log of it. */
async function traceOf(options: ImageClientOptions): Promise<{ error: unknown; traces: unknown[] }> {
  const traces: unknown[] = [];
  const log = (event: unknown): void => void traces.push(event);
  const client = createImageClient({
    apiKey: markers.key,
    headers: { "x-tenant": markers.header, "x-secret-token": "MARKERTOKEN" },
    query: { tenant: markers.query },
    onRequest: log,
    onResponse: log,
    onRetry: log,
    maxRetries: 1,
    ...options,
  });
  const error: unknown = await client
    .edit(params)
    .then(async ({ images }) => images[0]?.bytes())
    .then(
      () => expect.unreachable("it resolves"),
      (reason: unknown) => reason,
    );
  traces.push(error, JSON.parse(JSON.stringify(error)), String(error));
  return { error, traces };
}

async function traceOfResponse(...script: Parameters<typeof startEditServer>) {
  const server = await startEditServer(...script);
  servers.push(server);
  return traceOf({ baseUrl: `${server.url}/${markers.path}` });
}

const said = { message: sent, code: markers.key, type: sent, param: markers.prompt, debug: markers.body };
const responses: [string, number, string, string][] = [
  ["an error that quotes everything", 400, "application/json", JSON.stringify({ error: said })],
  ["a 500 that quotes everything", 500, "application/json", JSON.stringify({ error: said })],
  ["a 429 that quotes everything", 429, "application/json", JSON.stringify({ error: said })],
  [
    "fields of other types",
    422,
    "application/json",
    JSON.stringify({ error: { ...said, code: [everything], param: 7 } }),
  ],
  ["a detail", 422, "application/json", JSON.stringify({ detail: everything, debug: markers.body })],
  ["HTML", 524, "text/html", markers.html],
  ["markup in its message", 400, "application/json", JSON.stringify({ error: { message: everything } })],
  ["plain text", 400, "text/plain", everything],
  [
    "a key in part",
    401,
    "application/json",
    JSON.stringify({ error: { message: "Bad key sk-MARKERKEY-5f***" } }),
  ],
  [
    "control characters",
    400,
    "application/json",
    JSON.stringify({ error: { message: "a\u001b[2J\u202eb", code: "\u001b[1m" } }),
  ],
  ["a success with an error", 200, "application/json", JSON.stringify({ error: said })],
  ["a success that is HTML", 200, "text/html", markers.html],
  ["a success that is cut", 200, "application/json", `{"data":[{"b64_json":"${markers.body}`],
  [
    "a success without images",
    200,
    "application/json",
    JSON.stringify({ data: [{ revised_prompt: everything }] }),
  ],
  [
    "a URL that is refused",
    200,
    "application/json",
    JSON.stringify({ data: [{ url: "http://10.0.0.1/a?sig=MARKERURL" }] }),
  ],
  [
    "a stream with an error",
    200,
    "text/event-stream",
    `data: ${JSON.stringify({ type: "error", error: said })}\n\n`,
  ],
];

describe("errors, hooks and their JSON", () => {
  it.each(responses)(
    "an error holds nothing of what was sent when the server responds with %s",
    async (_, status, type, body) => {
      const headers = { "x-request-id": `req-${markers.key}`, "content-type": type, "retry-after-ms": "0" };
      const { error, traces } = await traceOfResponse((response) =>
        response.writeHead(status, headers).end(body),
      );
      expect(isRetouchError(error)).toBe(true);
      expect(stringsIn(traces).join("\n").match(leaks)).toBeNull();
    },
  );

  it("an error holds nothing of a redirect's URL", async () => {
    const { traces } = await traceOfResponse((response) =>
      response.writeHead(307, { location: markers.url }).end(),
    );
    expect(stringsIn(traces).join("\n").match(leaks)).toBeNull();
  });

  it("an error holds no secrets when a custom `fetch` puts them all into its own", async () => {
    const nested = Object.assign(new Error(everything), {
      code: "ECONNREFUSED",
      config: { headers: { authorization: everything } },
    });
    const failures = [
      Object.assign(new TypeError(everything, { cause: nested }), {
        request: everything,
        [Symbol("x")]: everything,
      }),
      new AggregateError([nested], everything),
      everything,
      { message: everything },
    ];
    for (const failure of failures) {
      const { error, traces } = await traceOf({ fetch: () => Promise.reject(failure) });
      expect(isRetouchError(error)).toBe(true);
      expect(stringsIn(traces).join("\n").match(leaks)).toBeNull();
    }
  });

  it("an error holds nothing of the URL that a result URL redirects to", async () => {
    for (const location of [markers.url, markers.url.replace(/^https:/, "http:")]) {
      const send: typeof fetch = async (input) =>
        String(input).startsWith("https://hop.example")
          ? new Response(null, { status: 302, headers: { location } })
          : String(input).startsWith("https://files.example")
            ? new Response(everything, { status: 404 })
            : Response.json({ data: [{ url: "https://hop.example" }] });
      const { error, traces } = await traceOf({ fetch: send });
      expect(error).toMatchObject({ outcome: "unknown", code: expect.stringMatching(/^result_url_/) });
      expect(stringsIn(traces).join("\n").match(leaks)).toBeNull();
    }
  });

  it("an error holds no secrets when the download of a result URL fails", async () => {
    const send: typeof fetch = async (input) => {
      if (String(input).startsWith("https://files.example")) throw new TypeError(everything);
      return Response.json({ data: [{ url: markers.url }] });
    };
    const { error, traces } = await traceOf({ fetch: send });
    expect(error).toMatchObject({ outcome: "unknown", code: "result_url_failed" });
    expect(stringsIn(traces).join("\n").match(leaks)).toBeNull();
  });

  it("an error holds nothing of rejected parameters", async () => {
    const bad = {
      ...params,
      size: everything,
      quality: markers.key,
      [markers.body]: 1,
      extra: { n: everything },
    };
    const error: unknown = await createImageClient({ apiKey: markers.key })
      .edit(bad as never)
      .catch((reason: unknown) => reason);
    expect(isRetouchError(error)).toBe(true);
    const found = stringsIn([error, JSON.stringify(error)])
      .join("\n")
      .match(leaks);
    expect(found?.filter((word) => word !== markers.body) ?? []).toEqual([]);
  });

  it("the search of these tests finds deeply nested strings", async () => {
    const hidden = new Error("x", { cause: { deep: new Map([["a", { [Symbol("y")]: markers.body }]]) } });
    Object.defineProperty(hidden, "quiet", { value: markers.html, enumerable: false });
    expect(stringsIn([hidden]).join("\n").match(leaks)).toHaveLength(2);
  });

  it("an error quotes the server's message without secrets", async () => {
    const message = `Size is wrong for ${markers.prompt}.`;
    const { error } = await traceOfResponse((response) =>
      sendJson(response, 400, { error: { message, code: "bad_size" } }),
    );
    expect(error).toMatchObject({ code: "bad_size", serverMessage: "Size is wrong for [redacted]." });
    expect(String(error)).toBe(
      'HttpError: POST /v1/images/edits answered 400 (bad_size): "Size is wrong for [redacted]". Nothing was billed.',
    );
  });
});
