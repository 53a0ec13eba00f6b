import { mergeConfig } from "vitest/config";
import config from "./vitest.config.ts";

// What takes long and seldom breaks: `pnpm test:full`.
export default mergeConfig(config, { test: { include: ["e2e/full/**/*.test.ts"] } });
