import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { cliPath } from "../cli/support/run-cli.ts";
import { runProcess } from "../support/run-process.ts";

// The install size of the packed CLI is held by `contract/full/install.test.ts`.
it.each([
  ["client", ["openapi-fetch"]],
  ["react-hooks", ["idb"]],
  ["mock", ["sharp"]],
  ["cli", ["@retouch/client", "@retouch/mock", "commander", "csv-parse", "picomatch", "sharp"]],
  ["editor", ["@retouch/client", "@retouch/mock"]],
  ["queue", ["@retouch/cli", "@retouch/client", "bullmq", "ioredis"]],
])(
  "%s depends at runtime on what docs/dependencies.md gives a reason for, and nothing else",
  async (name, expected) => {
    const manifest = new URL(`../../../packages/${name}/package.json`, import.meta.url);
    const { dependencies, optionalDependencies } = JSON.parse(await readFile(manifest, "utf8"));
    expect(Object.keys({ ...dependencies, ...optionalDependencies }).sort()).toEqual(expected);
  },
);

it("has at most 12 commands", async () => {
  const { stdout } = await runProcess(process.execPath, [cliPath, "--help"]);
  const section = /^Commands\n((?: {2}.*\n)+)/m.exec(stdout)?.[1] ?? "";
  const commands = section.match(/^ {2}[a-z][a-z ]*?(?= {2})/gm) ?? [];
  expect(commands).toContain("  batch run");
  expect(commands.length).toBeLessThanOrEqual(12);
});
