import { defineConfig } from "vitest/config";

// One page, one server and one browser for all tests: they run one after another.
export default defineConfig({
  test: { include: ["e2e/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false },
});
