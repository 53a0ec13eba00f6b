import { relative, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { defineConfig } from "tsup";

const entry = {
  index: "src/index.ts",
  "browser/index": "src/browser/index.ts",
  "api/index": "src/api/index.ts",
  "messages/index": "src/messages/index.ts",
  "models/index": "src/models/index.ts",
  "mask/index": "src/mask/index.ts",
  "composite/index": "src/composite/index.ts",
  "server/index": "src/server/index.ts",
  "testing/index": "src/testing/index.ts",
};
const node = { "node/index": "src/node/index.ts" };
/** Classes that `instanceof` compares across entry points: they exist once. */
const shared = {
  "errors/errors": "src/errors/errors.ts",
  "transport/transport": "src/transport/transport.ts",
};

/** Imports {@link shared} from its own files. */
const sharedClasses: Plugin = {
  name: "shared-classes",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const source = relative(import.meta.dirname, resolve(resolveDir, path)).replaceAll("\\", "/");
      const [name] = Object.entries(shared).find(([, file]) => file === source) ?? [];
      return name === undefined ? undefined : { path: `../${name}.js`, external: true };
    });
  },
};

/** Looks up modules of Node instead of importing them: for an import, Node reads each of their exports. */
const builtins: Plugin = {
  name: "builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: "builtin" }));
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

export default defineConfig({
  entry: { ...entry, ...shared },
  format: "esm",
  platform: "neutral",
  target: "es2022",
  external: [/^node:/],
  removeNodeProtocol: false,
  splitting: true,
  dts: { entry: { ...entry, ...node } },
  clean: true,
  async onSuccess() {
    // By itself, in few files: shared with pages it would be 24, and Node takes half a millisecond of CPU for each.
    await build({
      entryPoints: node,
      outdir: "dist",
      chunkNames: "node/[name]-[hash]",
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "neutral",
      target: "es2022",
      packages: "external",
      plugins: [sharedClasses, builtins],
    });
  },
});
