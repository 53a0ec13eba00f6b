import { defineConfig } from "vitest/config";

// One page, one server and one browser for all of it: the tests take turns.
export default defineConfig({
  test: { include: ["e2e/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false },
});
