import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const entries = {
  ".": "index.ts",
  "./node": "node/index.ts",
  "./browser": "browser/index.ts",
  "./api": "api/index.ts",
  "./messages": "messages/index.ts",
  "./models": "models/index.ts",
  "./mask": "mask/index.ts",
  "./composite": "composite/index.ts",
  "./server": "server/index.ts",
  "./testing": "testing/index.ts",
};
const directories = ["node", "browser", "api", "mask", "composite", "server", "testing"];
const runsEverywhere = [
  ".",
  "./browser",
  "./api",
  "./messages",
  "./models",
  "./mask",
  "./composite",
  "./server",
  "./testing",
] as const;
/** On Node, the proxy sends by the client's own transport, which loads late and looks modules of Node up. */
const late: Partial<Record<keyof typeof entries, RegExp>> = {
  "./server": /^node\/(?:transport\/|network\/|builtins\.ts$)/,
};

/** Bundles an entry point with everything that it may load later. Returns its files and the Node modules in it. */
async function contentsOf(entry: keyof typeof entries): Promise<{ files: string[]; nodeModules: string[] }> {
  const { metafile } = await build({
    entryPoints: [fileURLToPath(new URL(entries[entry], import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    splitting: true,
    outdir: "out",
    format: "esm",
    external: ["node:*"],
    logLevel: "silent",
    absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports.map(({ path }) => path));
  return {
    files: Object.keys(metafile.inputs),
    nodeModules: [...new Set(imports.filter((path) => path.startsWith("node:")))],
  };
}

describe("each entry point", () => {
  it.each(Object.keys(entries) as (keyof typeof entries)[])(
    "an entry point includes no other one: %s",
    async (entry) => {
      const { files } = await contentsOf(entry);
      const own = entries[entry].split("/")[0];
      const foreign = directories.filter((directory) => directory !== own);
      const others = files.filter((file) => foreign.some((directory) => file.startsWith(`${directory}/`)));
      expect(others.filter((file) => !late[entry]?.test(file))).toEqual([]);
      expect(files).toContain(entries[entry]);
    },
  );

  it.each(runsEverywhere)("an entry point for pages imports no Node module: %s", async (entry) => {
    expect((await contentsOf(entry)).nodeModules).toEqual([]);
  });

  it("the entry point for Node imports Node modules, so the check above can fail", async () => {
    expect((await contentsOf("./node")).nodeModules).toContain("node:path");
  });

  it("the entry point for Node imports no module that takes long to load, but looks it up", async () => {
    const { nodeModules } = await contentsOf("./node");
    expect(nodeModules.filter((name) => /^node:(http|https|tls|crypto)$/.test(name))).toEqual([]);
  });

  it("importing every entry point reads no platform global", async () => {
    const touched: string[] = [];
    const restore: (() => void)[] = [];
    for (const name of [
      "fetch",
      "FormData",
      "File",
      "Blob",
      "Request",
      "Response",
      "Headers",
      "XMLHttpRequest",
    ]) {
      const before = Object.getOwnPropertyDescriptor(globalThis, name);
      Object.defineProperty(globalThis, name, {
        configurable: true,
        get() {
          touched.push(name);
          return before?.get ? before.get.call(globalThis) : before?.value;
        },
      });
      restore.push(() => {
        if (before) Object.defineProperty(globalThis, name, before);
        else Reflect.deleteProperty(globalThis, name);
      });
    }
    try {
      await import("./index.ts");
      await import("./node/index.ts");
      await import("./browser/index.ts");
      await import("./api/index.ts");
      await import("./models/index.ts");
      await import("./mask/index.ts");
      await import("./server/index.ts");
      await import("./testing/index.ts");
      expect(touched).toEqual([]);
      expect(globalThis.fetch).toBeDefined();
      expect(touched).toEqual(["fetch"]);
    } finally {
      for (const undo of restore) undo();
    }
  });
});
