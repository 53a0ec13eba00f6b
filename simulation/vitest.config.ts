import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "../tools/own-tmpdir.ts",
    include: ["src/**/*.test.ts"],
    // A simulated process lives for milliseconds: most of them never need to leave the nursery.
    pool: "forks",
    execArgv: ["--max-semi-space-size=64"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
