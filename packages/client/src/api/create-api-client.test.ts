import { afterEach, describe, expect, it, vi } from "vitest";
import { isConfigurationError } from "../errors/errors.ts";
import { maskOf, sampleImage } from "../fixtures/images.ts";
import { type ReadPart, readWithBusboy } from "../fixtures/read-form.ts";
import {
  type EditServer,
  type ReceivedEdit,
  sendJson,
  startEditServer,
} from "../fixtures/start-edit-server.ts";
import { type ApiClientOptions, createApiClient } from "./create-api-client.ts";

const servers: EditServer[] = [];
async function start(...script: Parameters<typeof startEditServer>): Promise<EditServer> {
  const server = await startEditServer(...script);
  servers.push(server);
  return server;
}
afterEach(async () => {
  vi.unstubAllGlobals();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const apiKey = "sk-test-key-0123";
const path = "/v1/images/edits";
const image = new File([sampleImage()], "photo.png", { type: "image/png" });
const success = { created: 1, data: [{ b64_json: Buffer.from(sampleImage()).toString("base64") }] };
const succeed: Parameters<typeof startEditServer>[0] = (response) => sendJson(response, 200, success);

function clientOf(server: EditServer, options: ApiClientOptions = {}) {
  return createApiClient({ apiKey, baseUrl: server.url, ...options });
}

async function partsOf({ headers, body }: ReceivedEdit): Promise<ReadPart[]> {
  async function* chunks() {
    yield body;
  }
  return readWithBusboy({
    contentType: headers["content-type"] ?? "",
    byteLength: body.length,
    chunks,
  });
}

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  const error = await work.then(
    () => expect.unreachable("it resolves"),
    (reason: unknown) => reason,
  );
  return isConfigurationError(error) ? error.code : undefined;
}

describe(createApiClient, () => {
  it("posts a form with text first and the mask last, and returns the parsed response", async () => {
    const server = await start(succeed);
    const { data, response } = await clientOf(server).POST(path, {
      body: {
        mask: new Blob([maskOf()], { type: "image/png" }),
        image: [image, new Blob([sampleImage(4, 4)], { type: "image/jpeg" })],
        prompt: "A\nred hat",
        n: 2,
        size: undefined as never,
      },
    });
    expect(response.ok).toBe(true);
    expect(data).toEqual(success);
    const [received] = server.received;
    expect(received?.method).toBe("POST");
    expect(received?.url).toBe(path);
    expect(received?.headers["authorization"]).toBe(`Bearer ${apiKey}`);
    const parts = received ? await partsOf(received) : [];
    expect(parts.map(({ name, filename, mediaType }) => [name, filename, mediaType])).toEqual([
      ["prompt", undefined, undefined],
      ["n", undefined, undefined],
      ["image[]", "photo.png", "image/png"],
      ["image[]", "image.jpeg", "image/jpeg"],
      ["mask", "image.png", "image/png"],
    ]);
    expect(parts[2]?.bytes).toEqual(Buffer.from(sampleImage()));
  });

  it("names one image `image`", async () => {
    const server = await start(succeed);
    await clientOf(server).POST(path, { body: { image: [image], prompt: "A hat" } });
    const [received] = server.received;
    expect((received ? await partsOf(received) : []).map(({ name }) => name)).toEqual(["prompt", "image"]);
  });

  it("sends a body without a file as JSON", async () => {
    const server = await start(succeed);
    await clientOf(server).POST(path, { body: { prompt: "A hat", n: 2 } as never });
    const [received] = server.received;
    expect(received?.headers["content-type"]).toBe("application/json");
    expect(received?.body.toString()).toBe('{"prompt":"A hat","n":2}');
  });

  it("takes the base URL with or without `/v1`, the query and the headers of the client", async () => {
    const server = await start(succeed);
    const options = { baseUrl: `${server.url}/api/v1/`, query: { "api-version": "2025" } };
    const api = clientOf(server, { ...options, headers: { "X-Team": "blue" } });
    await api.POST(path, { body: { image: [image], prompt: "A hat" } });
    expect(server.received[0]?.url).toBe(`/api${path}?api-version=2025`);
    expect(server.received[0]?.headers["x-team"]).toBe("blue");
  });

  it("posts to base URLs that take no version, and to a pasted endpoint", async () => {
    const server = await start(succeed);
    const body = { images: [{ image_url: "https://a.example/1.png" }], prompt: "A hat" };
    for (const baseUrl of [
      "/v1/openai",
      "/api/v3/",
      "/openai/v1/images/edits?api-version=v1",
      "/openai/deployments/mine/images/edits?api-version=1",
    ])
      expect(
        (await clientOf(server, { baseUrl: server.url + baseUrl }).POST(path, { body })).data,
      ).toBeDefined();
    expect(server.received.map(({ url }) => url)).toEqual([
      "/v1/openai/images/edits",
      "/api/v3/images/edits",
      "/openai/v1/images/edits?api-version=v1",
      "/openai/deployments/mine/images/edits?api-version=1",
    ]);
    expect(JSON.parse(server.received[0]?.body.toString() ?? "")).toEqual(body);
  });

  it("calls a key function for each request, and lets a header of the call win", async () => {
    const server = await start(succeed);
    let count = 0;
    const api = clientOf(server, { apiKey: async () => `key-${++count}` });
    const body = { image: [image], prompt: "A hat" };
    await api.POST(path, { body });
    await api.POST(path, { body });
    await api.POST(path, { body, headers: { authorization: "Bearer own" } });
    expect(server.received.map(({ headers }) => headers["authorization"])).toEqual([
      "Bearer key-1",
      "Bearer key-2",
      "Bearer own",
    ]);
  });

  it("sends nothing when the key function fails", async () => {
    const server = await start(succeed);
    const api = clientOf(server, { apiKey: () => Promise.reject(new Error("vault")) });
    expect(await codeOf(api.POST(path, { body: { image: [image], prompt: "A hat" } }))).toBe(
      "api_key_failed",
    );
    expect(server.received).toEqual([]);
  });

  it("returns an error response once, without a retry", async () => {
    const server = await start((response) => sendJson(response, 429, { error: { message: "slow down" } }));
    const { data, error, response } = await clientOf(server).POST(path, {
      body: { image: [image], prompt: "A hat" },
    });
    expect([data, response.status]).toEqual([undefined, 429]);
    expect(error).toEqual({ error: { message: "slow down" } });
    expect(server.received).toHaveLength(1);
  });

  it("rejects a redirect, so that the key reaches no other server", async () => {
    const other = await start(succeed);
    const server = await start((response) => {
      response.writeHead(307, { location: `${other.url}${path}` });
      response.end();
    });
    const api = clientOf(server);
    const body = { image: [image], prompt: "A hat" };
    await expect(api.POST(path, { body })).rejects.toThrow(TypeError);
    expect(server.received).toHaveLength(1);
    expect(await codeOf(api.POST(path, { body, redirect: "follow" }))).toBe("configuration");
    expect(await codeOf(api.POST(path, { body, baseUrl: other.url }))).toBe("configuration");
    expect(server.received).toHaveLength(1);
    expect(other.received).toEqual([]);
  });

  it("rejects a key in a page, unless it is allowed", () => {
    vi.stubGlobal("document", {});
    const create = (options: ApiClientOptions) => () => createApiClient(options);
    expect(create({ apiKey })).toThrow("Every visitor can read a key in a page");
    expect(create({ headers: { authorization: "Bearer k" } })).toThrow("Every visitor can read");
    expect(create({ apiKey, dangerouslyAllowBrowser: true })).not.toThrow();
  });

  it.each([
    [{}, "API key is missing"],
    [{ apiKey, baseUrl: "http://a.example" }, "plain http"],
    [{ apiKey, maxRetries: 2 } as ApiClientOptions, "`maxRetries` is not an option"],
  ])("rejects %o", (options, message) => {
    expect(() => createApiClient(options)).toThrow(message);
  });

  it("sends with the `fetch` that it is given", async () => {
    const urls: string[] = [];
    const api = createApiClient({
      apiKey,
      baseUrl: "https://a.example",
      fetch: async (request) => {
        urls.push((request as Request).url);
        return Response.json(success);
      },
    });
    const { data } = await api.POST(path, { body: { image: [image], prompt: "A hat" } });
    expect(data).toEqual(success);
    expect(urls).toEqual([`https://a.example${path}`]);
  });
});
