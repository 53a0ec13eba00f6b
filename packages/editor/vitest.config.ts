import { defineConfig } from "vitest/config";

// One page, one server and one browser for all tests: they run one after another.
export default defineConfig({
  test: {
    globalSetup: "../../tools/own-tmpdir.ts",
    include: ["{bin,e2e,server}/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    fileParallelism: false,
  },
});
