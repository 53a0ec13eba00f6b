import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createImageClient } from "@retouch/client/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { runCli } from "../cli/support/run-cli.ts";
import { drawPhoto, pngBase64 } from "../cli/support/work-directory.ts";
import { blocksOf } from "../docs/readme-blocks.ts";
import { drawImage, mask } from "../support/sample-images.ts";
import { type RunningFake, startFake } from "./fake-server.ts";
import { key, serverCases } from "./fakes.ts";

const own = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const names = Object.keys(parse(await readFile(own("../../../spec/dialects.yaml"), "utf8")).dialects);
const blocks = blocksOf("docs/servers.md");
/** Returns the command or the code of a preset's section. */
const blockOf = (name: string, language: "sh" | "ts"): string =>
  blocks.find(
    (block) =>
      block.language === language &&
      new RegExp(`dialect:? "?${name}[" ]`).test(block.code.replaceAll("\n", " ")),
  )?.code ?? "";

let directory = "";
/** The image that a server returns, in base64, by its format. */
const results = { png: "", jpeg: "" };
const at = (name: string) => path.join(directory, name);

beforeAll(async () => {
  // Within the package, so that the code of the page resolves its imports; `out` is ignored by git.
  await mkdir(own("../../out"), { recursive: true });
  directory = await mkdtemp(own("../../out/servers-"));
  await drawPhoto(at("photo.png"));
  await writeFile(at("mask.png"), await mask("holed", 64, 48));
  results.png = await pngBase64();
  results.jpeg = Buffer.from(await drawImage("jpeg", 16)).toString("base64");
});
afterAll(() => rm(directory, { recursive: true, force: true }));

it("has a fake for each preset of spec/dialects.yaml, and no other", () => {
  expect(Object.keys(serverCases).sort()).toEqual(names.toSorted());
});

describe.each(Object.entries(serverCases))("%s", (name, server) => {
  let fake: RunningFake;
  let baseUrl = "";
  let result = "";

  beforeAll(async () => {
    result = results[server.format ?? "png"];
    fake = await startFake(server, result);
    // The base URL of the page, at the fake's origin.
    baseUrl = atFake(/--base-url (\S+)/.exec(blockOf(name, "sh"))?.[1] ?? "");
  });
  afterAll(() => fake.close());

  const atFake = (url: string) => fake.url + new URL(url).pathname.replace(/\/$/, "");
  const query = name === "azure-deployments" ? { "api-version": "2025-04-01-preview" } : undefined;
  const client = (dialect: string | undefined) =>
    createImageClient({ apiKey: key, baseUrl, query, dialect: dialect as never, maxRetries: 0 });
  const params = { model: server.model, prompt: "make it dusk", image: [] as string[] };

  it("gets one valid edit from the code of docs/servers.md, run as pasted", async () => {
    const code = blockOf(name, "ts")
      .replace(/"https:\/\/[^"]*"/, JSON.stringify(baseUrl))
      .replace('"MODEL"', JSON.stringify(server.model))
      .replace('"photo.png"', JSON.stringify(at("photo.png")))
      .replace('process.env.RETOUCH_API_KEY ?? ""', JSON.stringify(key));
    expect(code).toContain(baseUrl);
    await writeFile(at(`${name}.ts`), `${code}\nexport { images };\n`);
    const { images } = await import(at(`${name}.ts`));
    expect(Buffer.from(await images[0].bytes()).toString("base64")).toBe(result);
    expect(fake.take()).toEqual({ posts: 1, problems: [] });
  });

  it("gets one valid edit from the command of docs/servers.md", async () => {
    const words = [
      ...blockOf(name, "sh")
        .trim()
        .matchAll(/"([^"]*)"|(\S+)/g),
    ];
    const argv = words
      .map(([, quoted, plain = ""]) => quoted ?? plain)
      .map((word) => (word === "MODEL" ? server.model : word.startsWith("https:") ? atFake(word) : word));
    expect(argv.slice(0, 2)).toEqual(["retouch", "edit"]);
    const ended = await runCli([...argv.slice(1), "-o", `${name}.{ext}`], {
      cwd: directory,
      env: { RETOUCH_API_KEY: key },
    });
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect((await readFile(ended.stdout.trim())).toString("base64")).toBe(result);
    expect(fake.take()).toEqual({ posts: 1, problems: [] });
  });

  it("gets two images, and a mask where it has one", async () => {
    const image = [at("photo.png"), at("photo.png")];
    const withMask = server.takesMask ? { mask: at("mask.png") } : {};
    const { images } = await client(name).edit({ ...params, image, ...withMask });
    expect(images).toHaveLength(1);
    expect(fake.take()).toEqual({ posts: 1, problems: [] });
  });

  if (!server.needsPreset) return;
  it("refuses the edit of one image, or of two, without the preset", async () => {
    const photo = at("photo.png");
    const edits = [[photo], [photo, photo]].map((image) => client(undefined).edit({ ...params, image }));
    const rejected = (await Promise.allSettled(edits)).filter(({ status }) => status === "rejected");
    expect(rejected).toContainEqual({
      status: "rejected",
      reason: expect.objectContaining({ outcome: "rejected" }),
    });
    expect(fake.take().problems).toHaveLength(rejected.length);
  });
});
