import { readFileSync } from "node:fs";
import { defineConfig } from "tsup";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

export default defineConfig({
  entry: { index: "src/index.ts", bin: "src/bin.ts" },
  format: "esm",
  platform: "node",
  target: "node20",
  define: { __RETOUCH_VERSION__: JSON.stringify(version) },
  removeNodeProtocol: false,
  splitting: true,
  dts: { entry: { index: "src/index.ts" } },
  clean: true,
});
