import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type RawServer, sendJson, startRawServer } from "./support/raw-server.ts";
import { type CliRun, runCli } from "./support/run-cli.ts";
import { pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
const at = (name: string) => path.join(directory.path, name);
let server: RawServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Starts a server that responds with `images` images once `together` requests have arrived. */
async function startServer({ images = 1, together = 1 } = {}): Promise<void> {
  const data = Array.from({ length: images }, () => pngBase64());
  const body = { created: 1, data: (await Promise.all(data)).map((b64) => ({ b64_json: b64 })) };
  const waiting: (() => void)[] = [];
  server = await startRawServer((response) => {
    waiting.push(() => sendJson(response, body));
    if (waiting.length === together) for (const respond of waiting.splice(0)) respond();
  });
}
function edit(...flags: readonly string[]): Promise<CliRun> {
  return runCli(["edit", "photo.png", "-m", "acme-9", "-p", "x", ...flags], {
    cwd: directory.path,
    env: { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: server?.url ?? "" },
  });
}
const files = async () => (await readdir(directory.path)).filter((name) => !name.startsWith(".")).sort();

describe("the name of an image without -o", () => {
  it("takes the next free number when an edit is repeated", async () => {
    await startServer();
    await writeFile(at("photo.edited.webp"), "mine");
    expect((await edit("--dry-run")).stdout).toContain("photo.edited-2.png");
    for (const number of [2, 3]) {
      expect(await edit()).toMatchObject({ code: 0, stdout: `${at(`photo.edited-${number}.png`)}\n` });
    }
    expect(await readFile(at("photo.edited.webp"), "utf8")).toBe("mine");
    expect(server?.posts()).toBe(2);
  });

  it("takes consecutive numbers for several images, with paste-back too", async () => {
    await startServer({ images: 2 });
    await writeFile(at("photo.edited-2.png"), "mine");
    await edit("-n", "2");
    await edit("-n", "2", "--mask-rect", "0,0,9,9", "--paste-back");
    expect(await files()).toEqual([
      "photo.edited-2.png",
      ...[3, 4, 5, 6].map((number) => `photo.edited-${number}.png`),
      "photo.png",
    ]);
  });

  it.each([[[]], [["--mask-rect", "0,0,9,9", "--paste-back"]]])(
    "is fixed when the image is placed, so that two edits at once get one each %j",
    async (flags) => {
      await startServer({ together: 2 });
      const runs = await Promise.all([edit(...flags), edit(...flags)]);
      expect(runs.map(({ code }) => code)).toEqual([0, 0]);
      expect(await files()).toEqual(["photo.edited-2.png", "photo.edited.png", "photo.png"]);
    },
  );

  it("is not numbered with --force, --skip-existing, --each or -o", async () => {
    await startServer();
    await writeFile(at("photo.edited.png"), "mine");
    expect((await edit("--skip-existing")).code).toBe(0);
    expect((await edit("--each")).code).toBe(10);
    expect((await edit("-o", "photo.edited.png")).code).toBe(10);
    expect(server?.posts()).toBe(0);
    expect(await edit("--force")).toMatchObject({ code: 0, stdout: `${at("photo.edited.png")}\n` });
    expect(await files()).toEqual(["photo.edited.png", "photo.png"]);
  });
});
