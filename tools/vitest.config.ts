import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "./own-tmpdir.ts",
    setupFiles: ["./fixed-seed.ts", "./shared-worker.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    include: ["src/**/*.test.ts"],
    // Compilers and redocly are loaded, and the same spec is built, once for all files.
    isolate: false,
  },
});
