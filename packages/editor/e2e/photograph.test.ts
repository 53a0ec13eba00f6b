import type { CDPSession, Page } from "playwright";
import sharp from "sharp";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { phone } from "./editor-page.ts";
import { shareSite } from "./share-site.ts";

const shared = shareSite();
let page: Page;
let fingers: CDPSession;
let photograph: Buffer;

beforeAll(async () => {
  photograph = await takePhotograph();
});

beforeEach(async () => {
  const editor = await shared.openEditor(phone);
  page = editor.page;
  await page.locator("input[type=file]").first().setInputFiles({
    name: "photo.jpg",
    mimeType: "image/jpeg",
    buffer: photograph,
  });
  await editor.canvas.waitFor();
  fingers = await editor.context.newCDPSession(page);
});

/** A 12-megapixel photograph as phones store it: on its side, with the EXIF orientation 6. */
async function takePhotograph(): Promise<Buffer> {
  const noise = { type: "gaussian" as const, mean: 128, sigma: 30 };
  const create = { width: 1000, height: 750, channels: 3 as const, background: "black", noise };
  return sharp({ create })
    .resize(4000, 3000)
    .jpeg({ quality: 90 })
    .withMetadata({ orientation: 6 })
    .toBuffer();
}

type Position = readonly [x: number, y: number];

/** Touches the screen with real touch input, at positions relative to the canvas from 0 to 1. */
async function touch(type: "touchStart" | "touchMove" | "touchEnd", ...positions: Position[]): Promise<void> {
  const touchPoints = positions.map(([x, y], id) => ({
    x: box.x + box.width * x,
    y: box.y + box.height * y,
    id,
  }));
  await fingers.send("Input.dispatchTouchEvent", { type, touchPoints });
}

let box = { x: 0, y: 0, width: 0, height: 0 };

async function measure(): Promise<number> {
  const found = await page.locator("canvas").boundingBox();
  if (found === null) throw new Error("The canvas is not visible.");
  box = found;
  return found.width;
}

const isMaskEmpty = () =>
  page.getByText("Nothing is marked: the model redraws the entire image.").isVisible();

describe("a photograph of 12 megapixels on a phone", () => {
  it("an edit inside a painted mask comes back upright at full size, exact outside the soft edge", async () => {
    expect((await sharp(photograph).metadata()).orientation).toBe(6);
    await measure();
    await touch("touchStart", [0.5, 0.5]);
    for (const at of [0.52, 0.55, 0.6]) await touch("touchMove", [at, 0.5]);
    await touch("touchEnd");
    await page.getByText(/everything outside the marked \d+ % back/).waitFor();
    await page.getByLabel("What should change?").fill("a red door");
    await page.getByRole("button", { name: "Edit the image", exact: true }).click();
    await page.getByLabel("Compare before and after").waitFor();

    const [request] = shared.site.mock.requests;
    expect(shared.site.mock.requests).toHaveLength(1);
    const sent = Buffer.from(request?.parts.find(({ name }) => name === "image")?.bytes ?? []);
    expect((await sharp(sent).metadata()).width).toBeLessThan(3000);
    await page.getByText("3000 × 4000", { exact: true }).waitFor();
    // Both are decoded by the browser, like the original was.
    const seen = await page.evaluate(async () => {
      const decode = async (alt: string) => {
        const url = document.querySelector<HTMLImageElement>(`[alt="${alt}"]`)?.src ?? "";
        const bitmap = await createImageBitmap(await (await fetch(url)).blob());
        const drawn = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
        drawn?.drawImage(bitmap, 0, 0);
        const { data = new Uint8ClampedArray() } =
          drawn?.getImageData(0, 0, bitmap.width, bitmap.height) ?? {};
        return { width: bitmap.width, height: bitmap.height, words: new Uint32Array(data.buffer) };
      };
      const [before, after] = [await decode("Before the edit"), await decode("After the edit")];
      const changed = { left: Number.POSITIVE_INFINITY, top: Number.POSITIVE_INFINITY, right: 0, bottom: 0 };
      let count = 0;
      for (let at = 0; at < before.words.length; at += 1) {
        if (before.words[at] === after.words[at]) continue;
        const [x, y] = [at % before.width, Math.floor(at / before.width)];
        count += 1;
        changed.left = Math.min(changed.left, x);
        changed.top = Math.min(changed.top, y);
        changed.right = Math.max(changed.right, x);
        changed.bottom = Math.max(changed.bottom, y);
      }
      return { sizes: [before.width, before.height, after.width, after.height], changed, count };
    });
    expect(seen.sizes).toEqual([3000, 4000, 3000, 4000]);
    // The stroke is 300 pixels long between round ends of the brush's radius.
    const { left, top, right, bottom } = seen.changed;
    const radius = (bottom - top + 1) / 2;
    expect(Math.abs((top + bottom) / 2 - 2000)).toBeLessThan(8);
    expect(Math.abs(left + radius - 1500)).toBeLessThan(8);
    expect(Math.abs(right - radius - 1800)).toBeLessThan(8);
    expect(radius).toBeLessThan(200);
    expect(seen.count).toBeGreaterThan(radius * 300);
  });

  it("two fingers zoom, and leave no stroke; one finger then paints", async () => {
    const fitted = await measure();
    await touch("touchStart", [0.4, 0.5]);
    await touch("touchMove", [0.42, 0.5]); // the first finger begins a stroke
    await touch("touchStart", [0.42, 0.5], [0.6, 0.5]);
    for (const spread of [0.12, 0.2, 0.3]) await touch("touchMove", [0.5 - spread, 0.5], [0.5 + spread, 0.5]);
    await touch("touchEnd");
    await expect.poll(measure).toBeGreaterThan(fitted * 2);
    expect(await isMaskEmpty()).toBe(true);
    expect(await page.getByRole("button", { name: "Undo the mask" }).isDisabled()).toBe(true);

    await touch("touchStart", [0.5, 0.5]);
    await touch("touchMove", [0.52, 0.5]);
    await touch("touchEnd");
    await page.getByText(/everything outside the marked \d+ % back/).waitFor();
    await page.getByRole("button", { name: /show the entire image/ }).click();
    await expect.poll(measure).toBeCloseTo(fitted);
  });

  it("another device-pixel ratio draws the mask again", async () => {
    const pixels = () => page.locator("canvas").evaluate((canvas: HTMLCanvasElement) => canvas.width);
    // The size of the window changes nothing of the canvas.
    await page.locator("canvas").evaluate((canvas: HTMLCanvasElement) => {
      const frame = canvas.parentElement?.parentElement;
      const { width = 0, height = 0 } = frame?.getBoundingClientRect() ?? {};
      frame?.style.setProperty("position", "fixed");
      frame?.style.setProperty("width", `${width}px`);
      frame?.style.setProperty("height", `${height}px`);
    });
    for (const deviceScaleFactor of [2, 3]) {
      // Another size of the window, as of a browser's zoom: Chromium does not report an emulated ratio alone.
      const screen = { width: 390, height: 844 + deviceScaleFactor, mobile: true, deviceScaleFactor };
      await fingers.send("Emulation.setDeviceMetricsOverride", screen);
      await expect
        .poll(async () => (await pixels()) - Math.round((await measure()) * deviceScaleFactor))
        .toBe(0);
    }
  });
});
