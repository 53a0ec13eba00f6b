import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumLaunch } from "../../tools/chromium-launch.mjs";
import { viteBundleWorker } from "./bundle-worker.ts";

const browserTests = "src/**/*.browser.test.{ts,tsx}";
/** What only React 19 has. */
const newerTests = "src/**/*.react-19.browser.test.{ts,tsx}";

declare module "vitest" {
  export interface ProvidedContext {
    react: string;
  }
}

/** Runs the tests that need a real page, on one major version of React. */
function inBrowser(name: string, react: string) {
  const packageOf = (specifier: string) =>
    fileURLToPath(new URL(`node_modules/${specifier}`, import.meta.url));
  return {
    plugins: [viteBundleWorker],
    resolve: {
      alias: [
        { find: /^react$/, replacement: packageOf(`react${react}`) },
        { find: /^react\/(.*)$/, replacement: `${packageOf(`react${react}`)}/$1` },
        { find: /^react-dom$/, replacement: packageOf(`react-dom${react}`) },
        { find: /^react-dom\/(.*)$/, replacement: `${packageOf(`react-dom${react}`)}/$1` },
      ],
    },
    optimizeDeps: {
      include: ["react", "react-dom", "react-dom/client", "react/jsx-dev-runtime", "react/jsx-runtime"],
    },
    cacheDir: `node_modules/.vite-${name}`,
    test: {
      name,
      include: [browserTests],
      exclude: react === "" ? [] : [newerTests],
      provide: { react: name },
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
        instances: [{ browser: "chromium" as const }],
      },
    },
  };
}

export default defineConfig({
  test: {
    globalSetup: "../../tools/own-tmpdir.ts",
    projects: [
      {
        plugins: [viteBundleWorker],
        test: {
          name: "node",
          setupFiles: ["../../tools/fixed-seed.ts", "../../tools/shared-worker.ts"],
          isolate: false,
          include: ["src/**/*.test.{ts,tsx}"],
          exclude: [browserTests],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      inBrowser("react-19", ""),
      inBrowser("react-18", "-18"),
    ],
  },
});
