import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type RawServer,
  type RawServerScript,
  respond,
  startRawServer,
} from "../fixtures/start-raw-server.ts";
import { tinyPng } from "../testing/tiny-png.ts";
import { createImageClient, type NodeImageClient } from "./create-image-client.ts";
import type { NodeClientOptions } from "./options.ts";
import { readResponseFile } from "./response-file/read-response-file.ts";

let tempDirectory = "";
let photo = "";
const servers: RawServer[] = [];
beforeEach(async () => {
  tempDirectory = await mkdtemp(join(tmpdir(), "retouch-client-"));
  photo = join(tempDirectory, "photo.png");
  await writeFile(photo, tinyPng());
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await rm(tempDirectory, { recursive: true });
});

async function connect(
  script: RawServerScript,
  options: NodeClientOptions = {},
): Promise<NodeImageClient & { readonly server: RawServer }> {
  const server = await startRawServer(script);
  servers.push(server);
  const client = createImageClient({ apiKey: "sk-test", baseUrl: new URL(server.url).origin, ...options });
  return { ...client, server };
}

const b64_json = Buffer.from(tinyPng()).toString("base64");
const json = JSON.stringify({ created: 1, data: [{ b64_json }, { b64_json }], usage: { total_tokens: 3 } });
const events = `event: image_edit.completed\ndata: ${JSON.stringify({ type: "image_edit.completed", b64_json })}\n\n`;
const giveJson: RawServerScript = {
  onComplete: (request) => respond(request, 200, json, ["content-type: application/json"]),
};
const params = (): { image: string; prompt: string } => ({ image: photo, prompt: "A red hat" });

describe(createImageClient, () => {
  it("edits an image given as a path, and streams", async () => {
    const client = await connect(giveJson);
    const { images } = await client.edit(params());
    expect(await images[0]?.bytes()).toEqual(tinyPng());
    const types: string[] = [];
    for await (const { type } of client.stream(params())) types.push(type);
    expect(types).toEqual(["completed"]);
    expect(client.server.requests.map(({ connection }) => connection)).toEqual([1, 1]);
  });

  it("names every image that cannot be opened, and sends nothing", async () => {
    const client = await connect(giveJson);
    const edited = client.edit({
      ...params(),
      image: [photo, join(tempDirectory, "none.png"), tempDirectory],
    });
    await expect(edited).rejects.toMatchObject({
      outcome: "not-sent",
      problems: [{ field: "image[1]" }, { field: "image[2]" }],
    });
    expect(client.server.requests).toHaveLength(0);
  });

  it("writes each image to a file", async () => {
    const client = await connect(giveJson);
    const directory = join(tempDirectory, "deep", "out");
    const { images, usage } = await client.editToFiles(params(), { directory });
    expect(images.map(({ path }) => path)).toEqual([
      join(directory, "edit-1.png"),
      join(directory, "edit-2.png"),
    ]);
    expect(new Uint8Array(await readFile(join(directory, "edit-2.png")))).toEqual(tinyPng());
    expect(images[0]).toMatchObject({ mediaType: "image/png", width: 1 });
    expect(usage).toMatchObject({ totalTokens: 3 });
    expect(await readdir(directory)).toHaveLength(2);
  });

  it("writes the images of a stream to files", async () => {
    const client = await connect({
      onComplete: (request) => respond(request, 200, events, ["content-type: text/event-stream"]),
    });
    const { images } = await client.editToFiles({ ...params(), stream: true }, { directory: tempDirectory });
    expect(images.map(({ path }) => path)).toEqual([join(tempDirectory, "edit-1.png")]);
  });

  it("downloads images given as URLs into files without the key, and keeps the URL of a missing one", async () => {
    const client = await connect({
      onHead(request) {
        if (!request.head.startsWith("GET")) return;
        if (request.head.startsWith("GET /gone")) respond(request, 404, "");
        else {
          request.socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${tinyPng().length}\r\n\r\n`);
          request.socket.write(tinyPng());
        }
      },
      onComplete(request) {
        const { origin } = new URL(client.server.url);
        const data = [{ url: `${origin}/gone.png` }, { url: `${origin}/a.png` }];
        respond(request, 200, JSON.stringify({ data }));
      },
    });
    const { images, warnings } = await client.editToFiles(
      { ...params(), n: 2 },
      { directory: join(tempDirectory, "out") },
    );
    expect(images.map(({ path }) => path)).toEqual([undefined, join(tempDirectory, "out", "edit-1.png")]);
    expect(images[0]?.url).toContain("/gone.png");
    expect(warnings).toMatchObject([{ field: "images[0]", code: "result_url_failed" }]);
    for (const { head, headers } of client.server.requests) {
      if (head.startsWith("GET")) expect(headers.has("authorization")).toBe(false);
    }
  });

  it("closes the connection of an image download when the edit is aborted", async () => {
    const controller = new AbortController();
    const client = await connect({
      onHead({ head, socket }) {
        if (!head.startsWith("GET")) return;
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", () => controller.abort("stop"));
      },
      onComplete(request) {
        const data = [{ url: `${new URL(client.server.url).origin}/a.png` }];
        respond(request, 200, JSON.stringify({ data }), ["connection: close"]);
      },
    });
    const edited = client.editToFiles(params(), { directory: tempDirectory, signal: controller.signal });
    await expect(edited).rejects.toBe("stop");
    await client.server.allClosed();
    expect(client.server.requests).toHaveLength(2);
  });

  it("binds a later image download only to its own signal", async () => {
    const call = new AbortController();
    let fetching = (): void => undefined;
    const client = await connect({
      onHead(request) {
        if (request.head.startsWith("GET /slow")) fetching();
        else if (request.head.startsWith("GET")) {
          request.socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${tinyPng().length}\r\n\r\n`);
          request.socket.write(tinyPng());
        }
      },
      onComplete(request) {
        const { origin } = new URL(client.server.url);
        const data = [{ url: `${origin}/slow.png` }, { url: `${origin}/a.png` }];
        respond(request, 200, JSON.stringify({ data }), ["connection: close"]);
      },
    });
    const { images } = await client.edit(params(), { signal: call.signal });
    call.abort();
    expect(await images[1]?.bytes()).toEqual(tinyPng());
    const own = new AbortController();
    fetching = () => own.abort("enough");
    await expect(images[0]?.blob({ signal: own.signal })).rejects.toBe("enough");
    await expect(images[0]?.dataUrl({ signal: own.signal })).rejects.toBe("enough");
    const slow = client.server.requests.find(({ head }) => head.startsWith("GET /slow"))?.socket;
    if (slow?.destroyed === false) await once(slow, "close");
  });

  it.each([
    ["JSON", json, 2],
    ["a stream", events, 1],
  ])(
    "stores the raw response (%s) in a file, which is read later without sending",
    async (_, body, count) => {
      const client = await connect({ onComplete: (request) => respond(request, 200, body) });
      const responseFile = join(tempDirectory, "responses", "1.json");
      const edited = await client.edit(params(), { responseFile });
      expect(edited.images).toHaveLength(count);
      expect(await readFile(responseFile, "utf8")).toBe(body);
      const inMemory = await readResponseFile(responseFile);
      expect(await inMemory.images[0]?.bytes()).toEqual(tinyPng());
      const inFiles = await readResponseFile(responseFile, { directory: tempDirectory });
      expect(inFiles.images[0]?.path).toBe(join(tempDirectory, "edit-1.png"));
      expect(client.server.requests).toHaveLength(1);
    },
  );

  it("reports each partial image as it arrives, after it is in the response file", async () => {
    const partial = `data: ${JSON.stringify({ type: "image_edit.partial_image", partial_image_index: 0, b64_json })}\n\n`;
    let complete = (): void => undefined;
    const client = await connect({
      onComplete({ socket }) {
        socket.write(
          `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n${partial}`,
        );
        complete = () => socket.end(events);
      },
    });
    const responseFile = join(tempDirectory, "answer");
    const seen: unknown[] = [];
    const edited = await client.edit(
      { ...params(), stream: true },
      {
        responseFile,
        onPartial({ index }) {
          seen.push(index, readFileSync(responseFile, "utf8"));
          complete();
          throw new Error("is ignored");
        },
      },
    );
    expect(seen).toEqual([0, partial]);
    expect(edited.images).toHaveLength(1);
    expect(await readFile(responseFile, "utf8")).toBe(partial + events);
  });

  it("reports partial images without a response file", async () => {
    const partial = events.replaceAll("completed", "partial_image");
    const client = await connect({ onComplete: (request) => respond(request, 200, partial + events) });
    const seen: number[] = [];
    await client.edit({ ...params(), stream: true }, { onPartial: ({ index }) => seen.push(index) });
    expect(seen).toEqual([0]);
  });

  it("keeps a damaged image that arrived with an intact one", async () => {
    const damaged = `${Buffer.alloc(1_500_000, "a").toString("base64")}*`;
    const text = JSON.stringify({ data: [{ b64_json }, { b64_json: damaged }] });
    const client = await connect({ onComplete: (request) => respond(request, 200, text) });
    for (const responseFile of [undefined, join(tempDirectory, "answer")]) {
      const { images, warnings, rawBody } = await client.editToFiles(params(), {
        directory: join(tempDirectory, "out"),
        responseFile,
        overwrite: true,
      });
      expect(images.map(({ path }) => path)).toEqual([join(tempDirectory, "out", "edit-1.png")]);
      expect(warnings.map(({ code }) => code)).toContain("bad_base64");
      expect(Buffer.from((await rawBody?.()) ?? []).toString()).toBe(text);
      expect(await readdir(join(tempDirectory, "out"))).toEqual(["edit-1.png"]);
    }
  });

  it("stores the raw response it cannot parse, and the received bytes of one that is cut off", async () => {
    const odd = await connect({ onComplete: (request) => respond(request, 200, "<html>") });
    const responseFile = join(tempDirectory, "answer.json");
    await expect(odd.edit(params(), { responseFile })).rejects.toMatchObject({
      name: "InvalidResponseError",
      outcome: "unknown",
    });
    expect(await readFile(responseFile, "utf8")).toBe("<html>");
    const cut = await connect({
      onComplete: ({ socket }) =>
        socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n${json.slice(0, 50)}`),
    });
    await expect(cut.edit(params(), { responseFile })).rejects.toMatchObject({ outcome: "unknown" });
    expect(await readFile(responseFile, "utf8")).toBe(json.slice(0, 50));
  });

  it("sends nothing when the response file or directory cannot be written", async () => {
    const client = await connect(giveJson);
    for (const place of [
      { directory: join(photo, "out") },
      { directory: tempDirectory, responseFile: tempDirectory },
    ]) {
      await expect(client.editToFiles(params(), place)).rejects.toMatchObject({
        name: "ConfigurationError",
        outcome: "not-sent",
        code: "output_not_writable",
      });
    }
    expect(client.server.requests).toHaveLength(0);
  });

  it("downloads an image that is given as a URL", async () => {
    const client = await connect(
      {
        ...giveJson,
        onHead(request) {
          if (!request.head.startsWith("GET")) return;
          request.socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${tinyPng().length}\r\n\r\n`);
          request.socket.write(tinyPng());
        },
      },
      { imageUrls: { allowPrivateAddresses: true } },
    );
    const image = `${new URL(client.server.url).origin}/photo.png`;
    await expect(client.edit({ ...params(), image })).resolves.toBeDefined();
    await expect(
      createImageClient({ apiKey: "sk-test-0123" }).check({ ...params(), image }),
    ).resolves.toMatchObject({
      ok: false,
      problems: [{ field: "image", code: "url_private" }],
    });
  });
});
