import { existsSync } from "node:fs";
import { copyFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "./support/run-cli.ts";
import { useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
let mock: MockServer;
beforeAll(async () => {
  mock = await startMockServer({ render: "drawn" });
});
afterEach(() => mock.reset());
afterAll(() => mock.close());

const run = (argv: readonly string[]) =>
  runCli([...argv, "-m", "acme-9"], {
    cwd: directory.path,
    env: { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: mock.url },
  });

const letter = "\u5b57";

it("names are counted in bytes before anything is sent: whatever is sent is written", async () => {
  let refused = 0;
  for (const length of [40, 77, 78, 79, 80, 81, 82]) {
    const name = letter.repeat(length);
    const before = mock.requests.length;
    const result = await run(["edit", "photo.png", "-p", "x", "-o", `${name}.png`, "-n", "2"]);
    const written = (await readdir(directory.path)).filter((file) => file.startsWith(name));
    if (result.code === 2) {
      refused += 1;
      expect(result.stderr).toContain("bytes");
      expect([mock.requests.length - before, written.length]).toEqual([0, 0]);
    } else expect([result.code, mock.requests.length - before, written.length]).toEqual([0, 1, 2]);
  }
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(7);
});

it("the default name beside an image with a long name, and that of a batch row, are counted too", async () => {
  const image = `${letter.repeat(82)}.png`;
  await copyFile(path.join(directory.path, "photo.png"), path.join(directory.path, image));
  const single = await run(["edit", image, "-p", "x"]);
  await writeFile(path.join(directory.path, "m.jsonl"), JSON.stringify({ image, prompt: "x" }));
  const batch = await run(["batch", "run", "m.jsonl"]);
  for (const { code, stderr } of [single, batch]) {
    expect([code, stderr]).toEqual([2, expect.stringContaining("the name is too long")]);
  }
  expect(mock.requests).toEqual([]);
});

describe.each(["edit", "batch"])("the length of a whole path in %s", (command) => {
  // From a path that leaves room for a temporary name, to one that Linux, with 4,096 bytes, accepts no file at.
  it.each([
    [4000, [0, 1, true]],
    [4060, undefined],
    [4076, undefined],
    [4090, undefined],
    [4095, undefined],
    [4200, [2, 0, false]],
  ])("of %i is checked before anything is sent: whatever is sent is written", async (length, expected) => {
    const left = length - path.join(directory.path, "a.png").length;
    const parts = Math.floor(left / 200);
    const output = `${`${"d".repeat(199)}/`.repeat(parts)}${"d".repeat(left % 200)}a.png`;
    const row = { image: "photo.png", prompt: "x", output };
    await writeFile(path.join(directory.path, "m.jsonl"), JSON.stringify(row));
    const { code } = await run(
      command === "batch" ? ["batch", "run", "m.jsonl"] : ["edit", "photo.png", "-p", "x", "-o", output],
    );
    const seen = [code, mock.requests.length, existsSync(path.join(directory.path, output))];
    expect(seen).toEqual(expected ?? (code === 0 ? [0, 1, true] : [2, 0, false]));
  });
});
