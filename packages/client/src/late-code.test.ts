import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { createImageClient as createType } from "./create-image-client.ts";
import { maskOf, picture } from "./fixtures/images.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "retouch-chunks-"));
  await build({
    entryPoints: [join(import.meta.dirname, "index.ts")],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
  });
});
afterAll(() => rm(folder, { recursive: true }));

describe("code that is loaded late", () => {
  it.each(["run-edit", "inspect-mask", "read-events"])(
    "sends nothing when %s does not load, and says so",
    async (name) => {
      const chunk = join(folder, (await readdir(folder)).find((file) => file.startsWith(name)) ?? "");
      await rename(chunk, `${chunk}.gone`);
      const page = `${pathToFileURL(join(folder, "index.mjs"))}?without=${name}`;
      const { createImageClient } = (await import(page)) as { createImageClient: typeof createType };
      let posts = 0;
      const client = createImageClient({
        apiKey: "sk-test",
        baseUrl: "http://127.0.0.1:9",
        maxRetries: 0,
        fetch: async () => {
          posts++;
          return new Response("no", { status: 400 });
        },
      });
      const edit = async (): Promise<unknown> => {
        if (name !== "read-events") return client.edit({ image: picture(), mask: maskOf(), prompt: "A hat" });
        for await (const event of client.stream({ image: picture(), prompt: "A hat" })) return event;
        return undefined;
      };
      const error = await edit().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: "NetworkError", outcome: "not-sent", code: "code_not_loaded" });
      expect(posts).toBe(0);
      await rename(`${chunk}.gone`, chunk);
    },
  );
});
