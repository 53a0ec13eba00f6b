import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { chromium } from "playwright";
import { build } from "vite";
import type { TestProject } from "vitest/node";
import { chromiumLaunch } from "../../../tools/chromium-launch.mjs";

declare module "vitest" {
  interface ProvidedContext {
    /** The directory of the built page. */
    readonly outDir: string;
    /** Where the one browser of all tests is reached. */
    readonly browserUrl: string;
  }
}

/** The root of the package. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Builds the page and starts a browser once for all test files. React is a development build: StrictMode applies.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (chromiumLaunch.executablePath === undefined)
    throw new Error("No Chromium found. Run `node tools/ensure-programs.mjs`.");
  const outDir = `${root}node_modules/.e2e/${process.pid}`;
  const [browser] = await Promise.all([
    chromium.launchServer(chromiumLaunch),
    build({
      root,
      configFile: false,
      logLevel: "error",
      plugins: [react()],
      build: {
        outDir,
        emptyOutDir: true,
        minify: false,
        rolldownOptions: { input: [`${root}index.html`, `${root}e2e/lab.html`] },
      },
    }),
  ]);
  project.provide("outDir", outDir);
  project.provide("browserUrl", browser.wsEndpoint());
  return async () => {
    await browser.close();
    await rm(outDir, { recursive: true, force: true });
  };
}
