import { defineConfig } from "vitest/config";

/** The tests of the code that `stryker.config.mjs` changes. */
export default defineConfig({
  test: {
    setupFiles: ["./tools/fixed-seed.ts"],
    globalSetup: "./tools/own-tmpdir.ts",
    testTimeout: 60_000,
    include: [
      "packages/client/src/request/*.test.ts",
      "packages/client/src/server/*.test.ts",
      "packages/client/src/server/guards/*.test.ts",
      "packages/client/src/server/jobs/*.test.ts",
      "packages/cli/src/journal/**/*.test.ts",
    ],
  },
});
