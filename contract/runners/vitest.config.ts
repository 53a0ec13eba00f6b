import { fileURLToPath } from "node:url";
import type { ViteUserConfig } from "vitest/config";

/** The package to use as msw, and the environment whose file of `contract/src/dom` runs. */
const { RUNNERS_MSW = "msw", RUNNERS_ENVIRONMENT = "jsdom" } = process.env;
const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const msw = (part: string): string => pathOf(`node_modules/${RUNNERS_MSW}/lib/${part}/index.mjs`);

// A type only: two installations of vitest read this file, and one cannot run with the functions of the other.
const config: ViteUserConfig = {
  // The built files of the mock import msw too.
  resolve: { alias: RUNNERS_MSW === "msw" ? {} : { "msw/node": msw("node"), msw: msw("core") } },
  test: {
    dir: pathOf("../src/dom"),
    include: [`${RUNNERS_ENVIRONMENT}.test.ts`],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

export default config;
