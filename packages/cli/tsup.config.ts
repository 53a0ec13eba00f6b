import { defineConfig } from "tsup";

export default defineConfig({
  entry: { bin: "src/bin.ts" },
  format: "esm",
  platform: "node",
  target: "node22",
  removeNodeProtocol: false,
  splitting: true,
  clean: true,
});
