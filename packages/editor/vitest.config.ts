import { defineConfig } from "vitest/config";

// One build and one browser for all tests, whose files run one after another.
export default defineConfig({
  test: {
    globalSetup: ["../../tools/own-tmpdir.ts", "./e2e/set-up.ts"],
    include: ["{src,bin,server}/**/*.test.ts", "e2e/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 90_000 } },
    fileParallelism: false,
  },
});
