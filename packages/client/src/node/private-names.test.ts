import dns from "node:dns";
import { mkdtemp, rm } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type EditServer, sendJson, startEditServer } from "../fixtures/start-edit-server.ts";
import { tinyPng } from "../testing/tiny-png.ts";
import { createImageClient, readResponseFile } from "./index.ts";

const asked: string[] = [];

let directory = "";
let server: EditServer;
beforeEach(async () => {
  asked.length = 0;
  directory = await mkdtemp(join(tmpdir(), "retouch-names-"));
  server = await startEditServer((response) =>
    sendJson(response, 200, { data: [{ url: "https://cdn.example/1.png?sig=1" }] }),
  );
  // A server that listens asks too.
  const lookup = (name: string, _options: object, callback: (error: null, found: object[]) => void) => {
    asked.push(name);
    callback(null, [{ address: "10.0.0.1", family: 4 }]);
  };
  vi.spyOn(dns, "lookup").mockImplementation(lookup as unknown as typeof dns.lookup);
  syncBuiltinESMExports();
});
afterEach(async () => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  await server.close();
  await rm(directory, { recursive: true });
});

describe("a name that resolves to a private address", () => {
  const params = { model: "flux-kontext-pro", prompt: "A red hat" } as const;

  it("does not fetch a result at a private address, neither with ./node nor from a stored response", async () => {
    const client = createImageClient({ apiKey: "k", baseUrl: server.url, proxy: false });
    const responseFile = join(directory, "answer.bin");
    const { images } = await client.edit({ ...params, image: tinyPng() }, { responseFile });
    await expect(images[0]?.bytes()).rejects.toMatchObject({ code: "result_url_refused" });
    const { images: kept } = await readResponseFile(responseFile);
    await expect(kept[0]?.bytes()).rejects.toMatchObject({ code: "result_url_refused" });
    expect(images[0]?.url).toBe("https://cdn.example/1.png?sig=1");
    expect(asked).toEqual(["cdn.example", "cdn.example"]);
  });

  it("does not fetch an input at a private address", async () => {
    const client = createImageClient({ apiKey: "k", baseUrl: server.url, proxy: false });
    await expect(client.edit({ ...params, image: "https://cdn.example/a.png" })).rejects.toMatchObject({
      problems: [{ field: "image", code: "url_private" }],
    });
    expect(asked).toEqual(["cdn.example"]);
    expect(server.received).toEqual([]);
  });
});
