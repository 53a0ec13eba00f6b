import { defineConfig } from "vitest/config";

// One page, one server and one browser for all of it: the tests take turns.
export default defineConfig({
  test: {
    globalSetup: "../../tools/own-tmpdir.ts",
    include: ["e2e/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    fileParallelism: false,
  },
});
