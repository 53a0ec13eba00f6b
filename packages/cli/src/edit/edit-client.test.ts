import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createEditClient, type EditProgress } from "./edit-client.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "retouch-edit-client-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it("reports partial images while a stream is open", async () => {
  const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: "#345" } })
    .png()
    .toBuffer();
  const photo = join(directory, "photo.png");
  await writeFile(photo, png);
  const event = (fields: object) =>
    `data: ${JSON.stringify({ ...fields, b64_json: png.toString("base64") })}\n\n`;
  let complete = (): void => undefined;
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(event({ type: "image_edit.partial_image", partial_image_index: 0 }));
      complete = () => response.end(event({ type: "image_edit.completed" }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = createEditClient({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serverKey: "here",
    apiKey: "sk-test",
    timeoutMs: 30_000,
  });
  const steps: EditProgress[] = [];
  const { images } = await client.edit(
    { image: photo, prompt: "A red hat", stream: true, partial_images: 1 },
    {
      responseFile: join(directory, "answer"),
      signal: new AbortController().signal,
      onProgress(progress) {
        steps.push(progress);
        if (progress.step === "partial") complete();
      },
      beforeSending: async () => undefined,
      afterRefusal: async () => undefined,
      onTask: async () => undefined,
    },
  );
  expect(images).toHaveLength(1);
  expect(steps).toContainEqual({ step: "partial", index: 0 });
  server.close();
  server.closeAllConnections();
});
