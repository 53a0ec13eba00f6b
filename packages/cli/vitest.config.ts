import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts"],
    globalSetup: "../../tools/own-tmpdir.ts",
    setupFiles: ["../../tools/fixed-seed.ts", "../../tools/shared-worker.ts"],
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
