import { readFileSync } from "node:fs";
import { defineConfig } from "tsup";
import { licensesOf, writeLicenses } from "./bundled-licenses.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

export default defineConfig({
  entry: { bin: "bin/bin.ts" },
  format: "esm",
  platform: "node",
  target: "node20",
  define: { __RETOUCH_VERSION__: JSON.stringify(version) },
  removeNodeProtocol: false,
  splitting: true,
  clean: true,
  // commander is CommonJS, whose `require` of Node's modules a bundle in ESM lacks.
  banner: {
    js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
  },
  esbuildPlugins: [
    {
      name: "licenses",
      setup(build) {
        build.initialOptions.metafile = true;
        build.onEnd(({ metafile }) => {
          writeLicenses("dist/third-party-bin.txt", licensesOf(Object.keys(metafile?.inputs ?? {})));
        });
      },
    },
  ],
});
