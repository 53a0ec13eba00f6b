import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "./own-tmpdir.ts",
    setupFiles: ["./fixed-seed.ts"],
    testTimeout: 60_000,
    include: ["src/**/*.test.ts"],
    typecheck: { enabled: true, include: ["src/**/*.test-d.ts"] },
  },
});
