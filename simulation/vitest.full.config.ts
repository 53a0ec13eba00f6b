import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "../tools/own-tmpdir.ts",
    include: ["full/**/*.test.ts"],
    pool: "forks",
    execArgv: ["--max-semi-space-size=64"],
    testTimeout: 1_800_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
