import { readFileSync } from "node:fs";
import { defineConfig } from "tsup";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

export default defineConfig({
  entry: { bin: "src/bin.ts", journal: "src/journal.ts" },
  format: "esm",
  platform: "node",
  target: "node20",
  define: { __RETOUCH_VERSION__: JSON.stringify(version) },
  removeNodeProtocol: false,
  splitting: true,
  dts: { entry: { journal: "src/journal.ts" } },
  clean: true,
});
