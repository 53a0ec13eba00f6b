import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type * as Page from "./browser/index.ts";
import type { createImageClient as createType } from "./create-image-client.ts";
import { maskOf, sampleImage } from "./fixtures/images.ts";
import { jpegSamples } from "./fixtures/jpeg-samples.ts";
import type * as Node from "./node/index.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "retouch-chunks-"));
  await build({
    entryPoints: {
      index: join(import.meta.dirname, "index.ts"),
      page: join(import.meta.dirname, "browser/index.ts"),
      node: join(import.meta.dirname, "node/index.ts"),
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

  it.each(["proxy-transport", "node-platform"])(
    "sends nothing and reports a NetworkError when %s of a platform does not load",
    async (name) => {
      const chunk = join(directory, (await readdir(directory)).find((file) => file.startsWith(name)) ?? "");
      await rename(chunk, `${chunk}.gone`);
      const load = (entry: string) => import(pathToFileURL(join(directory, entry)).href);
      let posts = 0;
      const common = {
        maxRetries: 0,
        fetch: async () => {
          posts++;
          return new Response("no", { status: 400 });
        },
      };
      const url = "http://127.0.0.1:9";
      const client =
        name === "proxy-transport"
          ? ((await load("page.mjs")) as typeof Page).createProxyClient({ ...common, url })
          : ((await load("node.mjs")) as typeof Node).createImageClient({
              ...common,
              apiKey: "sk-test",
              baseUrl: url,
            });
      const error = await client
        .edit({ image: sampleImage(), prompt: "A hat" })
        .catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: "NetworkError", outcome: "not-sent", code: "code_not_loaded" });
      expect(posts).toBe(0);
      await rename(`${chunk}.gone`, chunk);
    },
  );

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
