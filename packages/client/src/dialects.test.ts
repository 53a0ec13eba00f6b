import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createImageClient } from "./create-image-client.ts";
import type { Dialect } from "./dialect.ts";
import { type InvalidInputError, isInvalidInputError, isRetouchError } from "./errors/errors.ts";
import { maskOf, sampleImage } from "./fixtures/images.ts";
import { readWithBusboy } from "./fixtures/read-form.ts";
import { type EditServer, sendJson, startEditServer } from "./fixtures/start-edit-server.ts";
import { jsonDialect, maxUrlLength } from "./generated/json-body.gen.ts";
import { createImageClient as createNodeClient } from "./node/index.ts";
import type { ImageClientOptions } from "./options.ts";

const apiKey = "sk-test-key-0123";
const photo = sampleImage();
const logo = sampleImage(8, 4);
const photoUri = `data:image/png;base64,${Buffer.from(photo).toString("base64")}`;
const logoUri = `data:image/png;base64,${Buffer.from(logo).toString("base64")}`;
const maskUri = `data:image/png;base64,${Buffer.from(maskOf()).toString("base64")}`;
const success = { data: [{ b64_json: Buffer.from(photo).toString("base64") }] };
const servers: EditServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(respond?: Parameters<typeof startEditServer>[0]): Promise<EditServer> {
  const server = await startEditServer(respond ?? ((response) => sendJson(response, 200, success)));
  servers.push(server);
  return server;
}

const clientOf = (server: EditServer, options: ImageClientOptions = {}) =>
  createImageClient({ apiKey, baseUrl: server.url, ...options });

/** Parses what the server got, each edit by a parser that is not ours. */
function parsed({ received }: EditServer): unknown[] {
  return received.map(({ headers, body }) => {
    expect(headers["content-type"]).toBe("application/json");
    expect(headers["content-length"]).toBe(String(body.length));
    expect(headers["transfer-encoding"]).toBeUndefined();
    return JSON.parse(body.toString());
  });
}

/** Parses the form that the server got, as `name=text` or `name:filename`. */
async function formOf(server: EditServer): Promise<string[]> {
  const [edit] = server.received;
  const { headers, body } = edit ?? expect.unreachable("nothing was sent");
  const parts = await readWithBusboy({
    contentType: headers["content-type"] ?? "",
    byteLength: body.length,
    async *chunks() {
      yield body;
    },
  });
  return parts.map(({ name, filename, bytes }) => `${name}${filename ? `:${filename}` : `=${bytes}`}`);
}

async function problemsOf(edited: Promise<unknown>): Promise<string[]> {
  const error = await edited.then(
    () => expect.unreachable("it was sent"),
    (reason: unknown) => reason,
  );
  expect(isInvalidInputError(error), String(error)).toBe(true);
  return (error as InvalidInputError).problems
    .filter(({ severity }) => severity === "error")
    .map(({ message }) => message);
}

describe("a JSON body", () => {
  it("holds numbers, booleans, nested fields, images in order and the mask", async () => {
    const server = await start();
    await clientOf(server, { dialect: { body: "json" } }).edit({
      model: "acme-9",
      prompt: 'A "red" hat\n\u2028\uD800!',
      image: [photo, logo],
      mask: maskOf(),
      n: 2,
      stream: false,
      user: "",
      svg: { model: "svg-1", reasoning: { effort: "low" } },
      extra: { seed2: 0, flag: false, style: "oil", "deep[er][still]": 1, "tags[]": "a", __proto2__: null },
    } as never);
    expect(parsed(server)).toEqual([
      {
        model: "acme-9",
        prompt: 'A "red" hat\n\u2028\uFFFD!',
        n: 2,
        stream: false,
        svg: { model: "svg-1", reasoning: { effort: "low" } },
        seed2: 0,
        flag: false,
        style: "oil",
        deep: { er: { still: 1 } },
        tags: ["a"],
        images: [{ image_url: photoUri }, { image_url: logoUri }],
        mask: { image_url: maskUri },
      },
    ]);
  });

  it("is sent by `fetch`, by node:http, and by a given `fetch`, with the same bytes", async () => {
    const server = await start();
    const params = { prompt: "A hat", image: photo, mask: maskOf() };
    const dialect: Dialect = { body: "json" };
    await clientOf(server, { dialect }).edit(params);
    await createNodeClient({ apiKey, baseUrl: server.url, dialect }).edit(params);
    await clientOf(server, { dialect, fetch: (...call) => fetch(...call) }).edit(params);
    const [first, ...others] = server.received.map(({ body }) => body.toString());
    expect(others).toEqual([first, first]);
    expect(parsed(server)).toHaveLength(3);
  });

  it("reads its files again for a retry, and stops before the end when one changed", async () => {
    const directory = await mkdtemp(join(tmpdir(), "retouch-json-"));
    try {
      const path = join(directory, "photo.png");
      await writeFile(path, photo);
      const server = await start((response, _, count) =>
        count === 1
          ? sendJson(response, 429, {}, { "retry-after-ms": "1" })
          : sendJson(response, 200, success),
      );
      const client = createNodeClient({ apiKey, baseUrl: server.url, dialect: { body: "json" } });
      await client.edit({ prompt: "A hat", image: path });
      expect(parsed(server)).toEqual(
        [1, 2].map(() => ({ prompt: "A hat", images: [{ image_url: photoUri }] })),
      );
      const onRequest = () => truncate(path, photo.length - 1);
      const edited = client.edit({ prompt: "A hat", image: path }, { onRequest });
      await expect(edited).rejects.toMatchObject({ name: "InvalidInputError", outcome: "not-sent" });
      expect(server.received).toHaveLength(2);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("streams a large file in chunks", async () => {
    const directory = await mkdtemp(join(tmpdir(), "retouch-json-"));
    try {
      // A PNG, and bytes after its end, which viewers and servers ignore.
      const path = join(directory, "large.png");
      await writeFile(path, Buffer.concat([photo, Buffer.alloc(12_000_000)]));
      const server = await start();
      const loaded: number[] = [];
      const client = createNodeClient({ apiKey, baseUrl: server.url, dialect: { body: "json" } });
      await client.edit(
        { prompt: "A hat", image: path },
        { onUploadProgress: ({ loadedBytes }) => void loaded.push(loadedBytes) },
      );
      expect(loaded.length).toBeGreaterThan(40);
      expect(loaded.at(-1)).toBe(server.received[0]?.body.length);
      const [
        {
          images: [image],
        },
      ] = parsed(server) as [{ images: [{ image_url: string }] }];
      const bytes = Buffer.from(image.image_url.replace(/^[^,]+,/, ""), "base64");
      expect(bytes.equals(await readFile(path))).toBe(true);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("refers to images by URL and by file id, with a warning for each, and without opening them", async () => {
    const server = await start();
    const { warnings } = await createNodeClient({
      apiKey,
      baseUrl: server.url,
      dialect: { body: "json" },
    }).edit({
      model: "gpt-image-1",
      prompt: "A hat",
      image: [{ url: "https://a.example/photo.png?sig=1" }, { fileId: "file-1" }, logo],
      // Of the size of no image that is known: the first one is not.
      mask: maskOf(4, 4),
    });
    expect(parsed(server)).toMatchObject([
      {
        images: [
          { image_url: "https://a.example/photo.png?sig=1" },
          { file_id: "file-1" },
          { image_url: logoUri },
        ],
      },
    ]);
    expect(warnings.map(({ field, code }) => `${field} ${code}`)).toEqual([
      "image[0] unchecked",
      "image[1] unchecked",
    ]);
    await clientOf(server, { dialect: { body: "json" } }).edit({
      prompt: "A hat",
      image: { fileId: "file-1" },
      mask: { fileId: "file-2" },
    });
    expect(parsed(server)[1]).toEqual({
      prompt: "A hat",
      images: [{ file_id: "file-1" }],
      mask: { file_id: "file-2" },
    });
  });

  it("counts referenced images, and compares a mask with the first image when that is a file", async () => {
    const server = await start();
    const client = clientOf(server, { dialect: { body: "json" } });
    const image = { url: "https://a.example/photo.png" };
    const model = "gpt-image-1";
    expect(await problemsOf(client.edit({ model, prompt: "A hat", image: Array(17).fill(image) }))).toEqual([
      "`image` has 17 images. Give at most 16.",
    ]);
    expect(
      await problemsOf(client.edit({ model, prompt: "A hat", image: [photo, image], mask: maskOf(4, 4) })),
    ).toEqual(["`mask` is 4x4 but the first image is 8x8. Give a mask of 8x8."]);
    expect(server.received).toEqual([]);
  });

  it.each<[string, object, string]>([
    [
      "a file id and a URL",
      { image: { url: "https://a.example/", fileId: "f" } },
      "one of them and nothing else",
    ],
    [
      "another property",
      { image: { url: "https://a.example/", detail: "high" } },
      "one of them and nothing else",
    ],
    ["the API's own name", { image: { image_url: "https://a.example/" } }, "Give `{ url }` or `{ fileId }`"],
    ["a path as URL", { image: { url: "photo.png" } }, "not an absolute http(s) URL"],
    ["a data: URI as URL", { image: { url: photoUri } }, "a `data:` URI as they are"],
    ["an empty id", { image: { fileId: "" } }, "Give `{ url }` or `{ fileId }`"],
    ["markup", { markup: maskOf() }, "`markup` is a file, which a JSON body has no place for"],
    [
      "a file in `extra`",
      { extra: { photo: new Blob([photo]) } },
      "`photo` is a file, which a JSON body has no",
    ],
    [
      "a list of images in `extra`",
      { extra: { images: "x" } },
      "`extra.images` is a parameter. Pass it as `image`",
    ],
    ["a field and an object of one name", { extra: { a: 1, "a[b]": 2 } }, "`a[b]` does not go with `a`"],
    ["a field given as both", { svg: { model: "m" }, extra: { svg: "x" } }, "`svg` does not go with `svg`"],
    ["an infinite number", { extra: { steps: Number.POSITIVE_INFINITY } }, "`extra.steps`"],
    ["a bigint", { extra: { steps: 7n } }, "`extra.steps`"],
  ])("is not sent with %s", async (_, more, message) => {
    const server = await start();
    const client = clientOf(server, { dialect: { body: "json" } });
    const params = { model: "acme-9", prompt: "A hat", image: photo, ...more } as never;
    expect((await problemsOf(client.edit(params))).join("\n")).toContain(message);
    expect((await client.check(params)).ok).toBe(false);
    expect(server.received).toEqual([]);
  });

  it("is limited by the characters of a `data:` URI", async () => {
    const server = await start();
    const client = clientOf(server, { dialect: { body: "json" } });
    const prefix = "data:image/png;base64,".length;
    const most = Math.floor((maxUrlLength - prefix) / 4) * 3;
    const sized = (length: number) => new Blob([photo, new Uint8Array(length - photo.length)]);
    const params = { prompt: "A hat", model: "acme-9" };
    expect((await client.check({ ...params, image: sized(most) })).ok).toBe(true);
    expect(await problemsOf(client.edit({ ...params, image: sized(most + 1) }))).toEqual([
      `\`image\` has ${most + 1} bytes, but JSON carries at most ${most}: 20971520 characters of a \`data:\` URI. Make it smaller, or send a form.`,
    ]);
    const url = `https://a.example/${"a".repeat(maxUrlLength)}`;
    expect(await problemsOf(client.edit({ ...params, image: { url } }))).toEqual([
      `\`image\` is ${url.length} characters long. Shorten it to ${maxUrlLength}.`,
    ]);
    expect(server.received).toEqual([]);
  });

  it("hides signed URLs and file ids that the server repeats in its error", async () => {
    const message = "No access to file-SECRETID12345, nor to p.png?sig=SECRETSIGNATURE.";
    const server = await start((response) => sendJson(response, 400, { error: { message, code: "bad" } }));
    const client = clientOf(server, { dialect: { body: "json" } });
    const image = [{ url: "https://a.example/p.png?sig=SECRETSIGNATURE" }, { fileId: "file-SECRETID12345" }];
    const error = await client.edit({ prompt: "A hat", image }).catch((reason: unknown) => reason);
    expect(isRetouchError(error)).toBe(true);
    expect(JSON.stringify(error) + String(error)).not.toMatch(/SECRET/);
  });
});

describe("a form", () => {
  it("takes no URL and no file id", async () => {
    const server = await start();
    const problem =
      'A form holds only bytes, no URL and no id of a file. Give the bytes. Or, if your server takes JSON, set `dialect.body: "json"`.';
    for (const image of [{ url: "https://a.example/p.png" }, { fileId: "file-1" }])
      expect(await problemsOf(clientOf(server).edit({ prompt: "A hat", image }))).toEqual([
        `\`image\` is of type object. ${problem}`,
      ]);
    expect(
      await problemsOf(clientOf(server).edit({ prompt: "A hat", image: photo, mask: { fileId: "f" } })),
    ).toEqual([`\`mask\` is of type object. ${problem}`]);
    expect(server.received).toEqual([]);
  });

  it.each<[string, Dialect, string[]]>([
    ["no dialect", {}, ["prompt=A hat", "image[]:image-1.png", "image[]:image-2.png", "mask:mask.png"]],
    [
      "names without brackets",
      { imageField: "image" },
      ["prompt=A hat", "image:image-1.png", "image:image-2.png", "mask:mask.png"],
    ],
    [
      "`mask[]`",
      { imageField: "image[]", maskField: "mask[]" },
      ["prompt=A hat", "image[]:image-1.png", "image[]:image-2.png", "mask[]:mask.png"],
    ],
  ])("has the parts of %s", async (_, dialect, parts) => {
    const server = await start();
    await clientOf(server, { dialect }).edit({ prompt: "A hat", image: [photo, logo], mask: maskOf() });
    expect(await formOf(server)).toEqual(parts);
  });

  it("repeats URLs in the text field of a server that has one, and never mixes them with files", async () => {
    const server = await start();
    const client = clientOf(server, { dialect: { preset: "vllm-omni" } });
    const image = [{ url: "https://a.example/1.png" }, { url: "https://a.example/2.png" }];
    const { warnings } = await client.edit({ prompt: "A hat", image });
    expect(await formOf(server)).toEqual([
      "prompt=A hat",
      "url=https://a.example/1.png",
      "url=https://a.example/2.png",
    ]);
    expect(warnings.map(({ code }) => code)).toEqual(["unchecked", "unchecked"]);
    for (const others of [[photo, ...image], [{ fileId: "f" }]])
      expect(await problemsOf(client.edit({ prompt: "A hat", image: others }))).toHaveLength(1);
    expect(
      await problemsOf(client.edit({ prompt: "A hat", image: photo, mask: image[0] as never })),
    ).toHaveLength(1);
    expect(await problemsOf(client.edit({ prompt: "A hat", image, extra: { url: "x" } }))).toEqual([
      "`extra.url` is a parameter. Pass it as `image`.",
    ]);
    expect(server.received).toHaveLength(1);
  });
});

describe("a preset", () => {
  it("of xAI sends one image alone and several in a list, and refuses what xAI does not take", async () => {
    const server = await start();
    const client = clientOf(server, { dialect: "xai" });
    const params = { model: "grok-imagine-image-2.0", prompt: "A hat" };
    const typed = (url: string) => ({ url, type: "image_url" });
    await client.edit({ ...params, image: photo, extra: { resolution: "2k" }, n: 1 });
    await client.edit({ ...params, image: [photo, { url: "https://a.example/1.png" }] });
    expect(parsed(server)).toEqual([
      { ...params, n: 1, resolution: "2k", image: typed(photoUri) },
      { ...params, images: [typed(photoUri), typed("https://a.example/1.png")] },
    ]);
    expect(
      await problemsOf(
        client.edit({
          ...params,
          image: [photo, photo, photo, photo],
          mask: maskOf(),
          size: "1024x1024",
          seed: 0,
        } as never),
      ),
    ).toEqual([
      "`mask` is not a field of this server. Leave it out.",
      "`size` is not a field of this server. Leave it out.",
      "`seed` is not a field of this server. Leave it out.",
      "`image` has 4 images. Give at most 3.",
    ]);
    expect(await problemsOf(client.edit({ ...params, image: { fileId: "f" } }))).toEqual([
      "`image` is of type object. This server takes no ids of files. Give `{ url }`, or the bytes.",
    ]);
    expect(server.received).toHaveLength(2);
  });

  it("of llmgateway sends a list, and neither mask, file id nor stream", async () => {
    const server = await start();
    const client = clientOf(server, { dialect: "llmgateway" });
    const params = { model: "acme-9", prompt: "A hat", image: photo };
    await client.edit({ ...params, stream: false });
    expect(parsed(server)).toEqual([
      { model: "acme-9", prompt: "A hat", stream: false, images: [{ image_url: photoUri }] },
    ]);
    expect(await problemsOf(client.stream(params).next())).toHaveLength(1);
    expect(await problemsOf(client.edit({ ...params, mask: maskOf() }))).toHaveLength(1);
    expect(await problemsOf(client.edit({ ...params, image: { fileId: "f" } }))).toHaveLength(1);
    expect(server.received).toHaveLength(1);
  });

  it("of Azure sends the key in its own header, to the deployment, with the limits of another model", async () => {
    const server = await start();
    const client = clientOf(server, {
      baseUrl: `${server.url}/openai/deployments/mine/images/edits?api-version=2025-04-01-preview`,
      dialect: "azure-deployments",
      limitsLike: "gpt-image-1",
    });
    await client.edit({ prompt: "A hat", image: photo });
    const [edit] = server.received;
    expect(edit?.url).toBe("/openai/deployments/mine/images/edits?api-version=2025-04-01-preview");
    expect(edit?.headers["api-key"]).toBe(apiKey);
    expect(edit?.headers.authorization).toBeUndefined();
    expect(
      await problemsOf(client.edit({ model: "mine", prompt: "A hat", image: photo, quality: "hd" })),
    ).toEqual(["`quality` is `hd`. Give `auto`, `low`, `medium` or `high`."]);
    expect(server.received).toHaveLength(1);
  });

  it("may be sent in another body than its own", async () => {
    const server = await start();
    await clientOf(server, { dialect: { preset: "openai", body: "json", imageShape: "url" } }).edit({
      prompt: "A hat",
      image: photo,
    });
    expect(parsed(server)).toEqual([{ prompt: "A hat", [jsonDialect.imageField]: [photoUri] }]);
  });

  it("gives no limits to a model that the spec knows, or that it does not know itself", async () => {
    const server = await start();
    const options = { limitsLike: "gpt-image-1" } as const;
    await clientOf(server, options).edit({
      model: "dall-e-2",
      prompt: "A hat",
      image: photo,
      response_format: "url",
    });
    expect(server.received).toHaveLength(1);
    await expect(
      clientOf(server, { limitsLike: "mine" as never }).edit({ prompt: "A hat", image: photo }),
    ).rejects.toMatchObject({ name: "ConfigurationError", outcome: "not-sent" });
    expect(server.received).toHaveLength(1);
  });
});
