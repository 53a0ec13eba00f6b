import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    "node/index": "src/node/index.ts",
    "browser/index": "src/browser/index.ts",
    "api/index": "src/api/index.ts",
    "messages/index": "src/messages/index.ts",
    "models/index": "src/models/index.ts",
    "mask/index": "src/mask/index.ts",
    "composite/index": "src/composite/index.ts",
    "server/index": "src/server/index.ts",
    "testing/index": "src/testing/index.ts",
  },
  format: "esm",
  platform: "neutral",
  target: "es2022",
  external: [/^node:/],
  removeNodeProtocol: false,
  splitting: true,
  dts: true,
  clean: true,
});
