import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { createProxyClient as createProxyType } from "./browser/create-proxy-client.ts";
import type { createImageClient as createType } from "./create-image-client.ts";
import { maskOf, sampleImage } from "./fixtures/images.ts";
import { jpegSamples } from "./fixtures/jpeg-samples.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "retouch-chunks-"));
  await build({
    entryPoints: {
      index: join(import.meta.dirname, "index.ts"),
      page: join(import.meta.dirname, "browser/index.ts"),
    },
    outdir: directory,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
  });
});
afterAll(() => rm(directory, { recursive: true }));

describe("code that is loaded late", () => {
  it.each(["run-edit", "inspect-mask", "read-events", "dialects.gen", "encode-json-edit", "poll-task"])(
    "sends nothing and reports a NetworkError when %s does not load",
    async (name) => {
      const chunk = join(directory, (await readdir(directory)).find((file) => file.startsWith(name)) ?? "");
      await rename(chunk, `${chunk}.gone`);
      const page = `${pathToFileURL(join(directory, "index.mjs"))}?without=${name}`;
      const { createImageClient } = (await import(page)) as { createImageClient: typeof createType };
      let posts = 0;
      const client = createImageClient({
        apiKey: "sk-test",
        baseUrl: "http://127.0.0.1:9",
        maxRetries: 0,
        ...(name === "dialects.gen" && { dialect: "xai" }),
        ...(name === "encode-json-edit" && { dialect: { body: "json" } }),
        ...(name === "poll-task" && { dialect: { task: { statusPath: "/v1/tasks/{id}" } } }),
        fetch: async () => {
          posts++;
          return new Response("no", { status: 400 });
        },
      });
      const edit = async (): Promise<unknown> => {
        if (name !== "read-events")
          return client.edit({ image: sampleImage(), mask: maskOf(), prompt: "A hat" });
        for await (const event of client.stream({ image: sampleImage(), prompt: "A hat" })) return event;
        return undefined;
      };
      const error = await edit().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: "NetworkError", outcome: "not-sent", code: "code_not_loaded" });
      expect(posts).toBe(0);
      await rename(`${chunk}.gone`, chunk);
    },
  );

  it("sends nothing from a page and reports a NetworkError when proxy-transport does not load", async () => {
    const chunk = join(
      directory,
      (await readdir(directory)).find((file) => /^proxy-transport/.test(file)) ?? "",
    );
    await rename(chunk, `${chunk}.gone`);
    const { createProxyClient } = (await import(pathToFileURL(join(directory, "page.mjs")).href)) as {
      createProxyClient: typeof createProxyType;
    };
    let posts = 0;
    const client = createProxyClient({
      url: "http://127.0.0.1:9/api/image-edit",
      maxRetries: 0,
      fetch: async () => {
        posts++;
        return new Response("no", { status: 400 });
      },
    });
    const error = await client
      .edit({ image: sampleImage(), prompt: "A hat" })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "NetworkError", outcome: "not-sent", code: "code_not_loaded" });
    expect(posts).toBe(0);
    await rename(`${chunk}.gone`, chunk);
  });

  it("returns a billed JPEG without its end, with a warning, when has-all-scans does not load", async () => {
    const chunk = join(
      directory,
      (await readdir(directory)).find((file) => file.startsWith("has-all-scans")) ?? "",
    );
    await rename(chunk, `${chunk}.gone`);
    const page = `${pathToFileURL(join(directory, "index.mjs"))}?without=has-all-scans`;
    const { createImageClient } = (await import(page)) as { createImageClient: typeof createType };
    const jpeg = Buffer.from(jpegSamples["one component"], "base64").subarray(0, -2);
    const client = createImageClient({
      apiKey: "sk-test",
      baseUrl: "http://127.0.0.1:9",
      fetch: async () => Response.json({ data: [{ b64_json: jpeg.toString("base64") }] }),
    });
    const { images, warnings } = await client.edit({ image: sampleImage(), prompt: "A hat" });
    expect(Buffer.from((await images[0]?.bytes()) ?? []).equals(jpeg)).toBe(true);
    expect(warnings.map(({ code }) => code)).toEqual(["unrecognized_image"]);
    await rename(`${chunk}.gone`, chunk);
  });
});
