import { rmSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createImageClient as createFetchClient } from "../create-image-client.ts";
import type { EditedImage } from "../edited-image.ts";
import { isRetouchError, type RetouchError } from "../errors/errors.ts";
import { noise } from "../fixtures/noise.ts";
import { tinyPng } from "../testing/tiny-png.ts";
import { createImageClient } from "./create-image-client.ts";
import { readResponseFile } from "./response-file/read-response-file.ts";

const servers: Server[] = [];
let directory = "";
let large: Buffer;
let posts = 0;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "retouch-shapes-"));
  large = await sharp(noise(64 * 64 * 3), { raw: { width: 64, height: 64, channels: 3 } })
    .png()
    .toBuffer();
  posts = 0;
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
  await rm(directory, { recursive: true, force: true });
});

/** Starts a server and resolves with its URL; a POST is answered by `respond`, a GET with the large image. */
async function serve(
  respond: (response: ServerResponse) => void,
  get: (response: ServerResponse, request: IncomingMessage) => void = (response) => response.end(large),
): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      if (request.method !== "POST") return get(response, request);
      posts++;
      respond(response);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const params = () => ({ image: new Blob([tinyPng()]), prompt: "A red hat" });

interface Reading {
  readonly images: readonly EditedImage[];
  readonly error?: RetouchError;
}

/** Reads one response in every way: by fetch, into memory, into files, and from the stored response. */
async function readEveryWay(baseUrl: string): Promise<Record<string, Reading>> {
  const options = { apiKey: "sk-test", baseUrl };
  const node = createImageClient(options);
  const responseFile = join(directory, "response");
  const ways: Record<string, () => Promise<{ readonly images: readonly EditedImage[] }>> = {
    fetch: () => createFetchClient(options).edit(params()),
    memory: () => node.edit(params()),
    spooled: () => node.edit(params(), { responseFile }),
    files: () => node.editToFiles(params(), { directory: join(directory, "out"), responseFile }),
    stored: () => readResponseFile(responseFile, { baseUrl }),
  };
  const readings: Record<string, Reading> = {};
  for (const [name, read] of Object.entries(ways)) {
    readings[name] = await read().catch((error: unknown) => {
      if (!isRetouchError(error)) throw error;
      return { images: error.images, error };
    });
  }
  // One POST each, and none for the stored response.
  expect(posts).toBe(Object.keys(ways).length - 1);
  return readings;
}

const bytesOf = (images: readonly EditedImage[]) =>
  Promise.all(images.map(async (image) => Buffer.from(await image.bytes()).toString("base64")));

const json = (value: unknown) => (response: ServerResponse) =>
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));

describe("every way to read a response", () => {
  it.each<[string, (base64: string) => unknown]>([
    ["base64 in a list of images", (base64) => ({ images: [base64] })],
    ["base64 in a list of data", (base64) => ({ data: [base64] })],
    ["base64 for a URL", (base64) => ({ data: [{ url: base64 }] })],
    ["a relative URL for base64", () => ({ data: [{ b64_json: "/files/a.png" }] })],
    ["a relative URL", () => ({ data: [{ url: "/files/a" }] })],
    ["a wrapper", (base64) => ({ code: 0, data: { data: [{ b64_json: base64 }] } })],
    ["two wrappers", () => ({ data: { result: { images: [{ url: ["/files/a.png"] }] } } })],
    ["an output", (base64) => ({ output: [base64] })],
  ])("reads %s", async (_, shape) => {
    const base64 = large.toString("base64");
    for (const { images, error } of Object.values(await readEveryWay(await serve(json(shape(base64)))))) {
      expect(error).toBeUndefined();
      expect(await bytesOf(images)).toEqual([base64]);
    }
    expect(await readFile(join(directory, "out", "edit-1.png"))).toEqual(large);
  });

  it.each<[string, string, string | undefined]>([
    ["a PNG", "png", "image/png"],
    ["a JPEG of no type", "jpeg", undefined],
    ["an AVIF that is said to be JSON", "avif", "application/json"],
    ["a GIF that is said to be binary", "gif", "application/octet-stream"],
    ["a WebP that is said to be a stream", "webp", "text/event-stream"],
  ])("reads %s that is the body itself", async (_, format, type) => {
    const bytes = await sharp(large)
      .toFormat(format as "png")
      .toBuffer();
    const url = await serve((response) => {
      response.writeHead(200, type === undefined ? {} : { "content-type": type });
      // The first bytes alone, as a slow server sends them.
      response.write(bytes.subarray(0, 3), () => response.end(bytes.subarray(3)));
    });
    for (const { images, error } of Object.values(await readEveryWay(url))) {
      expect(error).toBeUndefined();
      expect(await bytesOf(images)).toEqual([bytes.toString("base64")]);
      expect(images[0]?.mediaType).toBe(`image/${format}`);
    }
    expect(await readdir(join(directory, "out"))).toEqual([`edit-1.${format === "jpeg" ? "jpg" : format}`]);
  });

  it.each<[string, (base64: string) => string]>([
    ["base64", (base64) => base64],
    ["a data URI", (base64) => `data:image/png;base64,${base64}`],
    ["a data URI in lines", (base64) => `\ndata:image/png;base64,\n${base64.replace(/.{76}/g, "$&\n")}\n`],
    ["a URL", () => "/files/a.png"],
    ["a string of JSON", (base64) => JSON.stringify(base64)],
  ])("reads a text that is the body itself: %s", async (_, textOf) => {
    const base64 = large.toString("base64");
    const text = textOf(base64);
    const url = await serve((response) => {
      // Cut within what distinguishes a data URI from a field of a stream.
      response.write(text.slice(0, 5), () => response.end(text.slice(5)));
    });
    for (const { images, error } of Object.values(await readEveryWay(url))) {
      expect(error).toBeUndefined();
      expect(await bytesOf(images)).toEqual([base64]);
    }
  });

  it("reads a GIF and an SVG with their sizes", async () => {
    const gif = await sharp(large).gif().toBuffer();
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><script>alert(1)</script></svg>';
    const data = [gif, Buffer.from(svg)].map((bytes) => ({ b64_json: bytes.toString("base64") }));
    for (const { images, error } of Object.values(await readEveryWay(await serve(json({ data }))))) {
      expect(error).toBeUndefined();
      expect(images).toMatchObject([
        { mediaType: "image/gif", width: 64, height: 64 },
        { mediaType: "image/svg+xml", width: 40, height: 30 },
      ]);
      expect((await images[1]?.blob())?.type).toBe("image/svg+xml");
    }
    expect(await readdir(join(directory, "out"))).toEqual(["edit-1.gif", "edit-2.svg"]);
    expect(await readFile(join(directory, "out", "edit-2.svg"), "utf8")).toBe(svg);
  });

  it("rescues the image of a response that breaks off", async () => {
    const base64 = large.toString("base64");
    const text = `{"created":1,"data":[{"b64_json":"${base64}"}]`;
    const url = await serve((response) => response.end(text));
    for (const { images, error } of Object.values(await readEveryWay(url))) {
      expect(error).toMatchObject({ name: "InvalidResponseError", outcome: "unknown", code: "not_json" });
      expect(await bytesOf(images)).toEqual([base64]);
      expect(Buffer.from((await error?.rawBody()) ?? []).toString()).toBe(text);
    }
  });

  it("rejects a page in base64 and keeps the response", async () => {
    const b64_json = Buffer.from(`<!doctype html>${"<p>Sign in".repeat(999)}`).toString("base64");
    const url = await serve(json({ data: [{ b64_json }] }));
    for (const { images, error } of Object.values(await readEveryWay(url))) {
      expect(error).toMatchObject({ outcome: "unknown", code: "result_not_image" });
      expect(images).toEqual([]);
      expect(Buffer.from((await error?.rawBody()) ?? []).toString()).toContain(b64_json);
    }
    expect(await readdir(join(directory, "out"))).toEqual([]);
  });
});

describe("result URLs", () => {
  it("reads plain http of the server's own host with `allowInsecureHttp` only", async () => {
    const files = await serve(() => undefined);
    const url = await serve(json({ data: [{ url: `${files}/a.png?sig=1` }] }));
    const responseFile = join(directory, "response");
    const options = { apiKey: "sk-test", baseUrl: url };
    for (const create of [createFetchClient, createImageClient]) {
      const [refused] = (await create(options).edit(params())).images;
      await expect(refused?.bytes()).rejects.toMatchObject({
        outcome: "unknown",
        code: "result_url_refused",
      });
      const [read] = (await create({ ...options, allowInsecureHttp: true }).edit(params())).images;
      expect(Buffer.from((await read?.bytes()) ?? []).equals(large)).toBe(true);
    }
    await createImageClient(options).edit(params(), { responseFile });
    const [stored] = (await readResponseFile(responseFile, { baseUrl: url, allowInsecureHttp: true })).images;
    expect(Buffer.from((await stored?.bytes()) ?? []).equals(large)).toBe(true);
  });

  it("are relative to the base URL, and given in full", async () => {
    const asked: (string | undefined)[] = [];
    const url = await serve(json({ data: [{ url: "files/a.png" }] }), (response, request) => {
      asked.push(request.url);
      response.end(large);
    });
    const client = createImageClient({ apiKey: "sk-test", baseUrl: `${url}/openai/v1` });
    const [image] = (await client.edit(params())).images;
    expect(image?.url).toBe(`${url}/openai/files/a.png`);
    expect(Buffer.from((await image?.bytes()) ?? []).equals(large)).toBe(true);
    expect(asked).toEqual(["/openai/files/a.png"]);
  });
});

describe("the warnings of a result", () => {
  it("say how many images were requested and how many arrived, also from a stored response", async () => {
    const b64_json = large.toString("base64");
    const path = join(directory, "response");
    await writeFile(path, JSON.stringify({ data: [{ b64_json }, { b64_json }] }));
    for (const [n, code] of [
      [1, "more_images"],
      [3, "fewer_images"],
    ] as const) {
      const { warnings } = await readResponseFile(path, { n });
      expect(warnings).toMatchObject([{ field: "n", code, message: expect.stringMatching(`${n}.*2`) }]);
    }
    expect((await readResponseFile(path, { n: 2 })).warnings).toEqual([]);
  });
});

it("keeps the image in memory when its directory is gone by the time it arrives", async () => {
  const out = join(directory, "out");
  const url = await serve((response) => {
    rmSync(out, { recursive: true });
    writeFileSync(out, "in the way");
    // The first half alone: nothing awaits yet what fails meanwhile.
    const text = JSON.stringify({ data: [{ b64_json: large.toString("base64") }] });
    response.write(text.slice(0, 9000), () => setImmediate(() => response.end(text.slice(9000))));
  });
  const edited = createImageClient({ apiKey: "sk-test", baseUrl: url }).editToFiles(params(), {
    directory: out,
  });
  const error = await edited.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "write_failed", outcome: "unknown" });
  expect(await bytesOf((error as RetouchError).images)).toEqual([large.toString("base64")]);
});
