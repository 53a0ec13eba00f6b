import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";

const require = createRequire(import.meta.url);
const page = `
  import { createElement } from "react";
  import { renderToString } from "react-dom/server";
  import { version } from "react";
  import { proxyTransport } from "../transport/proxy-transport.ts";
  import { useImageEdit } from "./use-image-edit.ts";
  import { useMask } from "./use-mask.ts";
  function Page() {
    const edit = useImageEdit({ transport: proxyTransport("/api/image-edit") });
    const mask = useMask({ width: 0, height: 0 });
    return createElement("p", { ...mask.canvasProps, ref: null }, edit.status + " " + mask.isEmpty);
  }
  export const html = version + " " + renderToString(createElement(Page));
`;

it("a server with React 18 renders the idle state", async () => {
  // Bundled, so that react-dom 18 imports React 18 and not the installed React 19.
  const { outputFiles } = await build({
    stdin: { contents: page, resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "ts" },
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    alias: { react: "react-18", "react-dom": "react-dom-18" },
    logLevel: "error",
  });
  const directory = await mkdtemp(fileURLToPath(new URL("../../node_modules/.ssr-18-", import.meta.url)));
  try {
    const file = join(directory, "page.cjs");
    await writeFile(file, outputFiles[0]?.contents ?? "");
    expect((require(file) as { html: string }).html).toMatch(/^18\..*idle true/);
  } finally {
    await rm(directory, { recursive: true });
  }
});
