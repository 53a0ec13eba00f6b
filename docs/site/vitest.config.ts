import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts"],
    globalSetup: "../../tools/own-tmpdir.ts",
    isolate: false,
    fileParallelism: false,
  },
});
