import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliRun, runCli } from "./support/run-cli.ts";
import { drawPhoto, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
const at = (...names: string[]) => path.join(directory.path, ...names);
let mock: MockServer;
beforeAll(async () => {
  mock = await startMockServer({ render: "drawn" });
});
afterAll(() => mock.close());
const run = (argv: readonly string[], env: Record<string, string> = {}): Promise<CliRun> => {
  const server = { RETOUCH_API_KEY: "any", RETOUCH_BASE_URL: mock.url };
  return runCli(argv, { cwd: directory.path, env: { ...server, ...env } });
};
const editWith = ["-m", "gpt-image-1", "-p", "dusk"];

/** Returns the inputs of a dry run, and what it says. */
async function plan(argv: readonly string[], env?: Record<string, string>) {
  const ended = await run(["edit", ...argv, ...editWith, "-o", "out/{name}.png", "--dry-run"], env);
  const inputs = ended.stdout
    .trim()
    .split("\n")
    .flatMap((line) => line.split(" -> ")[0]?.split(", ") ?? []);
  return { inputs, stderr: ended.stderr, code: ended.code };
}

describe("images that retouch wrote", () => {
  it("are known by their bytes, in a folder, in a glob, and with --each --skip-existing", async () => {
    await mkdir(at("g"));
    for (const name of ["a.png", "b.png"]) await drawPhoto(at("g", name));
    expect((await run(["edit", "g/*", "--each", ...editWith])).code).toBe(0);
    expect((await run(["mask", "g/a.png", "--rect", "0,0,9,9"])).code).toBe(0);
    await rename(at("g/b.edited.png"), at("g/renamed.png"));
    await drawPhoto(at("g/holiday.edited.png"));
    const photos = ["g/a.png", "g/b.png", "g/holiday.edited.png"];

    for (const argv of [["g/*"], ["g", "--recursive"]]) {
      const { inputs, stderr } = await plan([...argv, "--each"]);
      expect(inputs).toEqual(photos);
      expect(stderr).toContain("Skipped 3 image(s) that retouch wrote: g/a.");
      expect(stderr).toContain("warning: 1 image(s) are named as retouch names its own");
    }
    const named = (await readdir(at("g"))).sort().map((name) => `g/${name}`);
    expect((await plan([...named, "--each", "--skip-existing"])).inputs).toEqual(photos);
    // Named, they are inputs of a chain.
    expect((await plan([...named, "--each"])).inputs).toEqual(named);
    const chained = await plan(["g/a.edited.png"]);
    expect(chained).toMatchObject({ code: 0, inputs: ["g/a.edited.png"] });
    expect(chained.stderr).not.toMatch(/Skipped|warning/);

    await rename(at(".state"), at("moved"));
    expect((await plan(["g/*"], { RETOUCH_STATE_DIR: at("moved") })).inputs).toEqual(photos);
    const strange = await plan(["g/*"], { RETOUCH_STATE_DIR: at("empty") });
    expect(strange.inputs).toEqual(named);
    expect(strange.stderr).toContain("warning: 3 image(s) are named as retouch names its own");
  });

  it("of a batch are known beside its manifest too, and a folder of nothing else is refused", async () => {
    await mkdir(at("out"));
    await writeFile(
      at("m.jsonl"),
      JSON.stringify({ image: "photo.png", prompt: "dusk", output: "out/x.png" }),
    );
    expect((await run(["batch", "run", "m.jsonl", "-m", "gpt-image-1"])).code).toBe(0);
    const { code, stderr } = await plan(["out", "--recursive"], { RETOUCH_STATE_DIR: at("other") });
    expect(code).toBe(2);
    expect(stderr).toContain("no image besides 1 that retouch wrote, such as out/x.png. Name one");
  });
});
