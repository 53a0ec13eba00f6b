import { defineConfig } from "vitest/config";

// What builds the site, and opens it in a browser.
export default defineConfig({
  test: {
    include: ["full/**/*.test.ts"],
    // A build empties `out`, where others have their code.
    fileParallelism: false,
    globalSetup: "../../tools/own-tmpdir.ts",
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
