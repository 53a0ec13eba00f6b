import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "../tools/own-tmpdir.ts",
    include: ["src/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
