import { defineConfig } from "tsup";
import { bundleWorker } from "./bundle-worker.ts";

export default defineConfig({
  entry: { index: "src/index.ts" },
  format: "esm",
  platform: "neutral",
  target: "es2022",
  dts: true,
  clean: true,
  esbuildPlugins: [bundleWorker],
});
