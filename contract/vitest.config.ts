import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "../tools/own-tmpdir.ts",
    include: ["src/**/*.test.ts"],
    // Most tests start processes, which are slow on a busy machine; none depends on the clock.
    testTimeout: 180_000,
    // More than the cores of CI: this suite is the last one to run, and waits for processes more than it computes.
    maxWorkers: 3,
    // What the files import is loaded once for each worker: no file changes what another one reads.
    isolate: false,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
