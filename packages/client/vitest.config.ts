import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumLaunch } from "../../tools/chromium-launch.mjs";

const browserTests = "src/**/*.browser.test.ts";

export default defineConfig({
  test: {
    globalSetup: "../../tools/own-tmpdir.ts",
    projects: [
      {
        test: {
          name: "node",
          setupFiles: ["../../tools/fixed-seed.ts", "../../tools/shared-worker.ts"],
          isolate: false,
          // Property tests on two shared cores, beside everything else that verify runs.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 30_000 } },
          include: ["src/**/*.test.ts"],
          exclude: [browserTests],
        },
      },
      {
        cacheDir: "node_modules/.vite-chromium",
        optimizeDeps: { include: ["openapi-fetch"] },
        test: {
          name: "chromium",
          include: [browserTests],
          globalSetup: "src/fixtures/browser-server.ts",
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // A poll ends at its event; a second, which is usual, is not enough on a busy machine.
          expect: { poll: { timeout: 30_000 } },
          // Vitest finds a test file's frame by a name that the previous one has until Chromium reports that it is gone.
          retry: { count: 2, condition: /Frame was detached/ },
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
