import { defineConfig } from "tsup";

export default defineConfig({
  entry: { index: "src/index.ts", browser: "src/browser/index.ts", server: "src/server.ts" },
  format: "esm",
  platform: "neutral",
  target: "es2022",
  external: [/^node:/, "sharp"],
  removeNodeProtocol: false,
  dts: true,
  clean: true,
});
