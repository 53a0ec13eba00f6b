import { describe, expect, test } from "vitest";
import { errorOf, key, setUpProxy } from "../../fixtures/set-up-proxy.ts";

const proxy = setUpProxy();
const { formOf, handlerWith, post } = proxy;

test("redacts the key in the headers and the body of a success", async () => {
  proxy.respond = (response) =>
    response
      .writeHead(200, { "content-type": "application/json", "x-request-id": `req_${key}` })
      .end(`{"data":[],"note":"${key}"}`);
  const response = await handlerWith()(post());
  const all = JSON.stringify([...response.headers]) + (await response.text());
  expect(all).not.toContain(key);
  expect(all).toContain('"data":[]');
});

test.each([
  ["spaced", [...key].join(" ")],
  ["percent-encoded", [...key].map((char) => `%${char.charCodeAt(0).toString(16)}`).join("")],
])("redacts a key that upstream quotes %s in an error", async (_, written) => {
  proxy.respond = (response) =>
    response
      .writeHead(400, { "content-type": "application/json" })
      .end(JSON.stringify({ error: { message: `Bad key ${written}!` } }));
  expect((await errorOf(await handlerWith()(post()))).message).not.toContain(written.slice(0, 8));
});

test("redacts the addresses of upstream's own network in an error", async () => {
  const message =
    "dial tcp 10.1.2.3:443 of [fd00::1]:80 and db.internal:5432 failed, gpt-image-1.5 at 16:10 is fine";
  proxy.respond = (response) => response.writeHead(503).end(JSON.stringify({ error: { message } }));
  expect((await errorOf(await handlerWith()(post()))).message).toContain(
    "dial tcp [address] of [address] and [address] failed, gpt-image-1.5 at 16:10 is fine",
  );
});

/** Returns a body with an image and a note. */
const imageBody = (note: string): string =>
  JSON.stringify({ data: [{ b64_json: proxy.png.toString("base64") }], note });

/** Responds with a body that is written one byte at a time. */
function respondSlowly(contentType: string, body: () => string): void {
  proxy.respond = async (response) => {
    response.writeHead(200, { "content-type": contentType });
    response.socket?.setNoDelay(true);
    for (const byte of Buffer.from(body()))
      await new Promise<void>((resolve) => response.write(Uint8Array.of(byte), () => resolve()));
    response.end();
  };
}

describe("the key in a success", () => {
  const escaped = [...key].map((char) => `\\u00${char.charCodeAt(0).toString(16)}`).join("");
  const written: [string, () => string][] = [
    ["as JSON escapes", () => imageBody("#").replace("#", escaped)],
    ["with escaped slashes", () => imageBody("#").replace("#", [...key].join("\\/"))],
    [
      "percent-encoded",
      () => imageBody([...key].map((char) => `%${char.charCodeAt(0).toString(16)}`).join("")),
    ],
    ["in entities", () => imageBody([...key].map((char) => `&#${char.charCodeAt(0)};`).join(""))],
    ["in base64", () => imageBody(Buffer.from(`#${key}`).toString("base64"))],
    ["in part", () => imageBody(`bad key ${key.slice(0, 14)}...`)],
    ["in two strings", () => imageBody(`"${key.slice(0, 14)}" + "${key.slice(14)}"`)],
  ];
  test.each(written)(
    "redacts the key %s, and leaves the image of the same body unchanged",
    async (_, body) => {
      respondSlowly("application/json", body);
      const passed = await (await handlerWith()(post())).json();
      const { data, note } = passed as { data: { b64_json: string }[]; note: string };
      expect(data[0]?.b64_json).toBe(proxy.png.toString("base64"));
      expect(note).toContain("********");
      expect(note).not.toMatch(/secret|server|[\da-z]{9}/i);
    },
  );

  test("redacts the key split over the deltas of a stream", async () => {
    const parts = key.match(/.{1,3}/g) ?? [];
    respondSlowly("text/event-stream", () =>
      parts.map((content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`).join(""),
    );
    const text = await (await handlerWith()(post(formOf({ stream: "true" })))).text();
    const said = text.replace(/.*"content":"([^"]*)".*\n\n/g, "$1");
    expect(said.length).toBe(key.length);
    expect(said.replace(/\*/g, "").length).toBeLessThan(10);
  });

  test.each(["x", "na", "key", "123"])(
    "changes nothing for the key %j, which is too short",
    async (short) => {
      const body = imageBody("na key 123 x");
      proxy.respond = (response) => response.writeHead(200, { "content-type": "application/json" }).end(body);
      const response = await handlerWith({ apiKey: short })(post());
      expect(await response.text()).toBe(body);
    },
  );
});

describe("upstream's network", () => {
  const message = "connect ECONNREFUSED 10.0.0.5:8080 via node-7.internal and http://127.0.0.1:9/x";
  const secret = () => new RegExp(`10\\.0\\.0\\.5|8080|internal|127\\.0|${new URL(proxy.url).port}`);

  test("redacts it, and upstream's port, in the JSON of an error", async () => {
    const port = new URL(proxy.url).port;
    proxy.respond = (response) =>
      response.writeHead(500, { "content-type": "application/json" }).end(
        JSON.stringify({
          error: { message: `${message} port ${port}`, code: `h-${port}:1`, param: `:${port}` },
        }),
      );
    const text = await (await handlerWith()(post())).text();
    expect(text).toContain("connect ECONNREFUSED [address] via [address]");
    expect(text.replace(`h-${port}`, "")).not.toMatch(secret());
  });

  test("redacts it in the error of a success and in an event, but not in an image's link", async () => {
    const url = `${proxy.url}/files/1.png`;
    for (const type of ["application/json", "text/event-stream"]) {
      const json = JSON.stringify({ error: { message }, data: [{ url }], content: `![](${url})` });
      const body = type === "application/json" ? json : `event: error\ndata: ${json}\n\n: ${message}\n\n`;
      proxy.respond = (response) => response.writeHead(200, { "content-type": type }).end(body);
      const text = await (await handlerWith()(post())).text();
      expect(text).toContain("connect ECONNREFUSED *************");
      expect(text.split(url)).toHaveLength(3);
      expect(text.replaceAll(url, "")).not.toMatch(secret());
    }
  });
});

test("forwards the links of wrappers, and redacts addresses in their messages", async () => {
  const url = `${proxy.url}/files/1`;
  const wrapped = { code: 0, data: { images: [url] }, output: [url], result: { url: [url] }, image: url };
  proxy.respond = (response) =>
    response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ ...wrapped, results: `failed at ${url}`, docs: url }));
  const { results, docs, ...rest } = (await (await handlerWith()(post())).json()) as Record<string, unknown>;
  expect(rest).toEqual(wrapped);
  expect(`${docs}`).not.toContain("127.0.0.1");
  expect(results).toMatch(/^failed at \*+$/);
});

describe("a body that is declared as something else", () => {
  const types = ["application/json", "text/event-stream", "text/plain"];
  const passed = async (type: string, body: string | Uint8Array): Promise<Buffer> => {
    proxy.respond = (response) => response.writeHead(200, { "content-type": type }).end(body);
    return Buffer.from(await (await handlerWith()(post())).arrayBuffer());
  };

  test.each(types)("has its links and no key if it is a stream in %s", async (type) => {
    const url = `${proxy.url}/files/1`;
    const deltas = (key.match(/.{1,3}/g) ?? []).map((content) => ({ choices: [{ delta: { content } }] }));
    const events = [...deltas, { type: "image_edit.completed", url }];
    const body = events.map((event) => `event: x\ndata: ${JSON.stringify(event)}\n\n`).join("");
    const text = (await passed(type, body)).toString();
    expect(text.length).toBe(body.length);
    expect(JSON.parse(text.match(/data: (.*completed.*)/)?.[1] ?? "")).toEqual(events.at(-1));
    const said = text.replace(/event: x\ndata: .*"content":"([^"]*)".*\n\n/g, "$1");
    expect(said.slice(0, key.length).replace(/\*/g, "").length).toBeLessThan(10);
  });

  test.each(types)("has its links and no key if it is JSON in %s", async (type) => {
    const url = `${proxy.url}/files/1`;
    const body = JSON.stringify({ data: [{ url }], note: [key.slice(0, 9), key.slice(9)] });
    const { data, note } = JSON.parse((await passed(type, `\n ${body}`)).toString()) as Record<
      string,
      unknown
    >;
    expect(data).toEqual([{ url }]);
    expect(String(note)).not.toMatch(/secret|server/);
  });

  test.each(types)("is unchanged if it is an image in %s", async (type) => {
    const bytes = Buffer.concat([proxy.png, Buffer.from(` http://10.0.0.5:8080/ "10.0.0.5:8080"`)]);
    expect((await passed(type, bytes)).equals(bytes)).toBe(true);
  });
});
