import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumLaunch } from "../../tools/chromium-launch.mjs";

const browserTests = "src/**/*.browser.test.ts";

export default defineConfig({
  test: {
    // Property tests on two shared cores, beside everything else that verify runs.
    testTimeout: 60_000,
    projects: [
      {
        test: {
          name: "node",
          setupFiles: ["../../tools/fixed-seed.ts"],
          testTimeout: 60_000,
          include: ["src/**/*.test.ts"],
          exclude: [browserTests],
          typecheck: { enabled: true, include: ["src/**/*.test-d.ts"] },
        },
      },
      {
        cacheDir: "node_modules/.vite-chromium",
        optimizeDeps: { include: ["openapi-fetch"] },
        test: {
          name: "chromium",
          include: [browserTests],
          globalSetup: "src/fixtures/browser-server.ts",
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: chromiumLaunch }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
});
