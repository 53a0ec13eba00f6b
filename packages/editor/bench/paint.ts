/**
 * Measures the worst interaction of the built page while a mask is painted on a photograph of 12 megapixels, in headless
 * Chromium whose CPU is slowed down four times, on a phone and on a desktop: the time from a press, a release or a key to
 * the next frame, and the longest task on the main thread between. Up to 200 ms counts as good.
 * Run it with `pnpm bench`, after `pnpm build`; `EDITOR_PAGE` is the directory of another build, to compare.
 *
 * @see https://web.dev/articles/inp
 */
import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import sharp from "sharp";
import { preview } from "vite";
import { launchChromium } from "../e2e/launch-chromium.ts";

const noise = { type: "gaussian" as const, mean: 128, sigma: 30 };
const photograph = await sharp({
  create: { width: 1000, height: 750, channels: 3, background: "black", noise },
})
  .resize(4000, 3000)
  .jpeg({ quality: 90 })
  .toBuffer();
const server = await preview({
  root: fileURLToPath(new URL("..", import.meta.url)),
  configFile: false,
  logLevel: "warn",
  build: { outDir: process.env["EDITOR_PAGE"] ?? "dist/page" }, // another build, to compare
  preview: { port: 0, host: "127.0.0.1" },
});
const browser = await launchChromium();

interface Seen {
  readonly interactions: { readonly name: string; readonly ms: number }[];
  readonly tasks: number[];
}

/** Starts to observe what a visitor feels. */
function observe(page: Page): Promise<void> {
  return page.evaluate(() => {
    const seen: Seen = { interactions: [], tasks: [] };
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries()) seen.interactions.push({ name, ms: duration });
    }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.tasks.push(duration);
    }).observe({ type: "longtask" });
  });
}

/** Paints with every tool, and with the keyboard. */
async function paint(page: Page): Promise<void> {
  const box = await page.locator("canvas").boundingBox();
  if (box === null) throw new Error("The canvas is not visible.");
  const at = (x: number, y: number) => [box.x + box.width * x, box.y + box.height * y] as const;
  for (const [row, tool] of ["Brush", "Lasso", "Rectangle", "Eraser"].entries()) {
    await page.getByRole("button", { name: tool, exact: true }).click();
    for (let stroke = 0; stroke < 5; stroke += 1) {
      await page.mouse.move(...at(0.1 + stroke * 0.15, 0.15 + row * 0.2));
      await page.mouse.down();
      for (let step = 1; step <= 20; step += 1)
        await page.mouse.move(
          ...at(0.1 + stroke * 0.15 + step * 0.006, 0.15 + row * 0.2 + Math.sin(step) * 0.06),
        );
      await page.mouse.up();
    }
  }
  await page.locator("canvas").focus();
  for (const key of [
    "Control+z",
    "Control+z",
    "Control+Shift+z",
    "i",
    "i",
    "ArrowRight",
    "Space",
    "ArrowUp",
    "Space",
  ])
    await page.keyboard.press(key);
}

for (const [name, options] of [
  ["a desktop of 1440 x 900", { viewport: { width: 1440, height: 900 } }],
  ["a phone of 390 x 844", { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3 }],
] as const) {
  const page = await browser.newPage(options);
  await page.goto(server.resolvedUrls?.local[0] ?? "");
  await page
    .locator("input[type=file]")
    .first()
    .setInputFiles({ name: "photo.jpg", mimeType: "image/jpeg", buffer: photograph });
  await page.locator("canvas").waitFor();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await observe(page);
  await paint(page);
  // One more frame, so that the last interaction is reported.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
  const { interactions, tasks } = await page.evaluate(() => (globalThis as never as { seen: Seen }).seen);
  const worst = interactions.toSorted((a, b) => b.ms - a.ms)[0];
  process.stdout.write(
    `12 MP on ${name}, CPU 4 times slower: worst interaction ${worst?.ms ?? "below 16"} ms (${worst?.name ?? "none"}), longest task ${Math.max(0, ...tasks).toFixed(0)} ms\n`,
  );
  await page.close();
}
await browser.close();
await server.close();
