import path from "node:path";
import sharp from "sharp";
import { afterEach, expect, it } from "vitest";
import { outputsOf, runBatch, writeManifest } from "./support/batch-manifest.ts";
import { type RawServer, sendJson, startRawServer } from "./support/raw-server.ts";
import { runCli } from "./support/run-cli.ts";
import { drawPhoto, pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
let raw: RawServer | undefined;
afterEach(async () => {
  await raw?.close();
  raw = undefined;
});

it("`batch run --crop` sends the surroundings of each mask, and every way to finish puts them back there", async () => {
  const at = (...names: string[]) => path.join(directory.path, ...names);
  const pixel = async (file: string, left: number, top: number) => [
    ...(await sharp(file).removeAlpha().extract({ left, top, width: 1, height: 1 }).raw().toBuffer()),
  ];
  await drawPhoto(at("photo.png"), { width: 400, height: 300 });
  const hole = { create: { width: 40, height: 32, channels: 4 as const, background: "#fff" } };
  await sharp({ create: { width: 400, height: 300, channels: 4, background: "#000" } })
    .composite([{ input: await sharp(hole).png().toBuffer(), left: 20, top: 20, blend: "dest-out" }])
    .toFile(at("mask.png"));
  await writeManifest(directory.path, 3, { mask: "mask.png" });
  const b64 = await pngBase64(124, 116);
  let isOpen = false;
  raw = await startRawServer((response, post, request) => {
    if (request.method !== "POST")
      isOpen ? response.end(Buffer.from(b64, "base64")) : response.writeHead(503).end();
    // The image of the first row is there at once; the others are billed, and have to be downloaded.
    else
      sendJson(response, {
        created: 1,
        data: [post === 1 ? { b64_json: b64 } : { url: `${raw?.url}/r.png` }],
      });
  });
  const run = () =>
    runBatch(directory.path, raw?.url ?? "", ["--paste-back", "--crop", "--concurrency", "1"]);
  await run();
  expect(await outputsOf(directory.path)).toEqual(["0.png"]);
  expect(raw.posts()).toBe(3);
  isOpen = true;
  const env = { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: raw.url };
  const cli = (...argv: string[]) => runCli(argv, { cwd: directory.path, env });
  const { edits } = JSON.parse((await cli("recover", "--list", "--json")).stdout) as {
    edits: { id: string }[];
  };
  expect(edits).toHaveLength(2);
  expect((await cli("recover", edits[0]?.id ?? "")).code).toBe(0);
  expect(await run()).toMatchObject({ code: 0 });
  expect(await outputsOf(directory.path)).toEqual(["0.png", "1.png", "2.png"]);
  expect(raw.posts()).toBe(3);
  for (const name of ["0.png", "1.png", "2.png"]) {
    expect(await sharp(at("out", name)).metadata()).toMatchObject({ width: 400, height: 300 });
    expect(await pixel(at("out", name), 40, 36)).toEqual([0xc0, 0x40, 0x20]);
    for (const [x, y] of [
      [19, 36],
      [40, 53],
      [120, 110],
      [390, 290],
    ] as const)
      expect(await pixel(at("out", name), x, y)).toEqual(await pixel(at("photo.png"), x, y));
  }
});
