import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "../tools/own-tmpdir.ts",
    include: ["src/**/*.test.ts"],
    // Most tests start processes, which take their time on a busy machine; none waits for a clock.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    typecheck: { enabled: true, include: ["src/**/*.test-d.ts"] },
  },
});
