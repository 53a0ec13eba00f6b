import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sampleImage } from "../fixtures/images.ts";
import { readWithBusboy } from "../fixtures/read-form.ts";
import { type EditServer, startEditServer } from "../fixtures/start-edit-server.ts";
import { tinyPng } from "../testing/tiny-png.ts";
import { createImageClient } from "./create-image-client.ts";

let directory = "";
let server: EditServer;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "retouch-extra-"));
  await writeFile(join(directory, "depth map.png"), sampleImage(3, 2));
  server = await startEditServer((response) =>
    response.end(JSON.stringify({ data: [{ b64_json: Buffer.from(tinyPng()).toString("base64") }] })),
  );
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

const edit = (extra: Record<string, unknown>) =>
  createImageClient({ apiKey: "sk-test", baseUrl: server.url }).edit({
    model: "acme-9",
    image: sampleImage(),
    prompt: "A red hat",
    extra: extra as never,
  });

describe("files in `extra` on Node", () => {
  it("are sent as files: Blobs, bytes and `file:` URLs", async () => {
    await edit({
      depth: pathToFileURL(join(directory, "depth map.png")),
      pose: new Blob([sampleImage(2, 2)]),
      style: "oil",
    });
    const [request] = server.received;
    const parts = await readWithBusboy({
      contentType: request?.headers["content-type"] ?? "",
      byteLength: request?.body.length ?? 0,
      chunks: async function* () {
        yield request?.body ?? Buffer.of();
      },
    });
    const found = new Map(parts.map((part) => [part.name, part]));
    expect([...found.keys()]).toEqual(["prompt", "model", "style", "image", "depth", "pose"]);
    expect(found.get("depth")).toMatchObject({ filename: "depth-map.png", mediaType: "image/png" });
    expect(Buffer.from(found.get("depth")?.bytes ?? []).equals(sampleImage(3, 2))).toBe(true);
    expect(Buffer.from(found.get("pose")?.bytes ?? []).equals(sampleImage(2, 2))).toBe(true);
    expect(server.received).toHaveLength(1);
  });

  it("that are missing are named before anything is sent", async () => {
    await expect(edit({ depth: pathToFileURL(join(directory, "none.png")) })).rejects.toMatchObject({
      outcome: "not-sent",
      problems: [{ field: "extra.depth", code: "file_not_found" }],
    });
    expect(server.received).toHaveLength(0);
  });

  it("are text where they are a string: a path is not opened", async () => {
    await edit({ depth: join(directory, "depth map.png") });
    expect(server.received[0]?.body.toString("latin1")).toContain("depth map.png");
    expect(server.received[0]?.body.includes(Buffer.from(sampleImage(3, 2)))).toBe(false);
  });
});
