import { fileURLToPath } from "node:url";
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
          include: ["src/**/*.test.ts"],
          exclude: [browserTests],
          // Painting is work: two busy cores need more than the usual five seconds.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 30_000 } },
        },
      },
      {
        // Vitest serves no msw worker of its own.
        publicDir: fileURLToPath(new URL("lib", import.meta.resolve("msw/package.json"))),
        optimizeDeps: { include: ["msw", "msw/browser"] },
        test: {
          name: "browser",
          include: [browserTests],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Vitest finds a test file's frame by a name that the previous one has until Chromium reports that it is gone.
          retry: { count: 2, condition: /Frame was detached/ },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: chromiumLaunch }),
            instances: [{ browser: "chromium" as const }],
          },
        },
      },
    ],
  },
});
