import { createImageClient } from "@retouch/client";
import { useLayoutEffect } from "react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cleanup, render } from "vitest-browser-react";
import type { ImageEdit } from "../session/image-edit.ts";
import { directTransport } from "../transport/direct-transport.ts";
import { useImageEdit } from "./use-image-edit.ts";

declare global {
  interface Window {
    svgScriptRan?: boolean;
  }
}

/** Both are 4x3; the SVG would run a script if it were inlined. */
const gif = `data:image/gif;base64,${btoa("GIF89a\x04\0\x03\0\x80\0\0\xff\0\0\0\0\xff,\0\0\0\0\x04\0\x03\0\0\x02\x03\x84\x8f\x05;")}`;
const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3" onload="parent.svgScriptRan=true">' +
  "<script>parent.svgScriptRan = true</script><rect width='4' height='3'/></svg>";

let edit: ImageEdit | undefined;

function Results({ transport }: { transport: ReturnType<typeof directTransport> }) {
  const current = useImageEdit({ transport });
  useLayoutEffect(() => {
    edit = current;
  });
  return current.steps.map(
    ({ id, url, parentId }) => parentId !== null && <img key={id} src={url} alt={`result ${id}`} />,
  );
}

/** Runs one edit whose response is the given JSON. */
async function show(data: readonly unknown[]) {
  const client = createImageClient({
    apiKey: "sk-test-0123456789",
    dangerouslyAllowBrowser: true,
    baseUrl: "http://127.0.0.1:9",
    fetch: async () => Response.json({ data }),
  });
  const screen = await render(<Results transport={directTransport(client)} />);
  const canvas = new OffscreenCanvas(8, 8);
  canvas.getContext("2d")?.fillRect(0, 0, 8, 8);
  await edit?.edit({ model: "acme-9", prompt: "x", n: data.length, image: await canvas.convertToBlob() });
  return screen;
}

beforeEach(() => {
  edit = undefined;
  delete window.svgScriptRan;
});
afterEach(() => cleanup());

describe("results that are GIF or SVG", () => {
  it("have the media type and size of their bytes, and are shown by blob URLs that run no script", async () => {
    const screen = await show([{ b64_json: gif.split(",")[1] }, { b64_json: btoa(svg) }]);
    const [, first, second] = edit?.steps ?? [];
    expect(first).toMatchObject({ mediaType: "image/gif", width: 4, height: 3 });
    expect(second).toMatchObject({ mediaType: "image/svg+xml", width: 4, height: 3 });
    expect([first?.blob?.type, second?.blob?.type]).toEqual(["image/gif", "image/svg+xml"]);
    expect(await second?.blob?.text()).toBe(svg);
    const images = [...screen.container.querySelectorAll("img")];
    expect(images.map(({ src }) => src.slice(0, 5))).toEqual(["blob:", "blob:"]);
    await Promise.all(images.map((image) => image.decode()));
    expect(images.map(({ naturalWidth, naturalHeight }) => [naturalWidth, naturalHeight])).toEqual([
      [4, 3],
      [4, 3],
    ]);
    expect(screen.container.querySelector("svg, script")).toBeNull();
    expect(window.svgScriptRan).toBeUndefined();
  });

  it("may come as the text of an SVG or in wrappers", async () => {
    await show([{ url: `data:image/svg+xml,${encodeURIComponent(svg)}` }, { b64_json: svg }]);
    expect(edit?.steps.slice(1).map(({ mediaType }) => mediaType)).toEqual([
      "image/svg+xml",
      "image/svg+xml",
    ]);
  });
});
