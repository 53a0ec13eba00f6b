/**
 * Measures what a visitor feels while a mask is painted on a photograph of 12 megapixels, in headless Chromium whose CPU is
 * slowed down four times, on a phone with touch and on a desktop: of the built page, and of a bare page with `useMask` alone
 * as its peer, in the same run. An interaction lasts from a press, a release or a key to the next frame; up to 200 ms counts
 * as good. On a busy machine only the ratios count.
 * Run it with `pnpm bench`, after `pnpm build`; `EDITOR_PAGE` is the directory of another build, to compare.
 *
 * @see https://web.dev/articles/inp
 */
import { rm } from "node:fs/promises";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import type { BrowserContextOptions, CDPSession, Page } from "playwright";
import sharp from "sharp";
import { build, preview } from "vite";
import { launchChromium } from "../e2e/launch-chromium.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const hookPage = `${root}node_modules/.bench/${process.pid}`;
/** Of few strokes each: under the throttle a frame takes a tenth of a second on a busy machine. */
const rounds = 2;
const noise = { type: "gaussian" as const, mean: 128, sigma: 30 };
const photograph = await sharp({
  create: { width: 1000, height: 750, channels: 3, background: "black", noise },
})
  .resize(4000, 3000)
  .jpeg({ quality: 90 })
  .toBuffer();

/** An event, from its input to the next frame: waiting for the main thread, running its listeners, and drawing. */
interface Entry {
  readonly name: string;
  readonly target: string;
  readonly ms: number;
  readonly waitMs: number;
  readonly runMs: number;
}

interface Seen {
  readonly interactions: Entry[];
  readonly tasks: number[];
}

interface Measured extends Seen {
  /** Time of all tasks on the main thread. */
  readonly workMs: number;
}

type Point = readonly [x: number, y: number];

/** Starts to observe what a visitor feels. */
function observe(page: Page): Promise<void> {
  return page.evaluate(() => {
    const seen: Seen = { interactions: [], tasks: [] };
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as PerformanceEventTiming[]) {
        if (!(entry as { readonly interactionId?: number }).interactionId) continue; // hovering is not one
        const { name, target, duration: ms, startTime, processingStart, processingEnd } = entry;
        const { ariaLabel = null, textContent = null, nodeName = "" } = (target ?? {}) as Partial<Element>;
        const label = ariaLabel?.split(":")[0] || textContent?.slice(0, 20) || nodeName.toLowerCase();
        const [waitMs, runMs] = [processingStart - startTime, processingEnd - processingStart];
        seen.interactions.push({ name, target: label, ms, waitMs, runMs });
      }
    }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.tasks.push(duration);
    }).observe({ type: "longtask" });
  });
}

async function draw(page: Page, devtools: CDPSession, points: readonly Point[], isTouch: boolean) {
  const [first = [0, 0], ...others] = points;
  if (isTouch) {
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", at: readonly Point[]) =>
      devtools.send("Input.dispatchTouchEvent", { type, touchPoints: at.map(([x, y]) => ({ x, y })) });
    await touch("touchStart", [first]);
    for (const point of others) await touch("touchMove", [point]);
    return touch("touchEnd", []);
  }
  await page.mouse.move(...first);
  await page.mouse.down();
  for (const point of others) await page.mouse.move(...point);
  return page.mouse.up();
}

/** Paints with every tool, and with the keyboard. */
async function paint(page: Page, devtools: CDPSession, isTouch: boolean): Promise<void> {
  for (const [row, tool] of ["Brush", "Lasso", "Rectangle", "Eraser"].entries()) {
    const button = page.getByRole("button", { name: tool, exact: true });
    await (isTouch ? button.tap() : button.click());
    const box = await page.locator("canvas").boundingBox();
    if (box === null) throw new Error("The canvas is not visible.");
    for (let stroke = 0; stroke < 2; stroke += 1) {
      const points = Array.from(
        { length: 10 },
        (_, step): Point => [
          box.x + box.width * (0.1 + stroke * 0.18 + step * 0.008),
          box.y + box.height * (0.15 + row * 0.2 + Math.sin(step) * 0.06),
        ],
      );
      await draw(page, devtools, points, isTouch);
    }
  }
  await page.locator("canvas").focus();
  const keys = [
    "Control+z",
    "Control+z",
    "Control+Shift+z",
    "i",
    "i",
    "ArrowRight",
    "Space",
    "ArrowUp",
    "Space",
  ];
  for (const key of keys) await page.keyboard.press(key);
}

async function workOf(devtools: CDPSession): Promise<number> {
  const { metrics } = await devtools.send("Performance.getMetrics");
  return 1000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN);
}

async function measure(url: string, options: BrowserContextOptions): Promise<Measured> {
  // A browser of its own: nothing that one page leaves slows down the next.
  const browser = await launchChromium();
  // An input that the browser never acknowledges would be waited for without an end.
  const deadline = setTimeout(() => void browser.close(), 240_000);
  try {
    const page = await browser.newPage(options);
    page.setDefaultTimeout(120_000); // everything takes long under the throttle, on a busy machine
    await page.goto(url);
    await page
      .locator("input[type=file]")
      .first()
      .setInputFiles({ name: "photo.jpg", mimeType: "image/jpeg", buffer: photograph });
    await page.locator("canvas").waitFor();
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Performance.enable");
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    await observe(page);
    const before = await workOf(devtools);
    await paint(page, devtools, options.hasTouch === true);
    // One more frame, so that the last interaction is reported.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
    const workMs = (await workOf(devtools)) - before;
    return { ...(await page.evaluate(() => (globalThis as never as { seen: Seen }).seen)), workMs };
  } finally {
    clearTimeout(deadline);
    await browser.close();
  }
}

function describe(entry: Entry | undefined): string {
  if (entry === undefined) return "0";
  const { name, target, ms, waitMs, runMs } = entry;
  const [wait, run, draw] = [waitMs, runMs, Math.max(0, ms - waitMs - runMs)].map((part) => part.toFixed(0));
  return `${ms.toFixed(0)}: ${name} of ${target} (${wait} waiting, ${run} in listeners, ${draw} drawing)`;
}

/** The line of a contender: of all rounds the best, which other work on the machine disturbed least. */
function lineOf(name: string, all: readonly Measured[]): string {
  const least = (of: (one: Measured) => number) => Math.min(...all.map(of)).toFixed(0);
  const sorted = ({ interactions }: Measured) => interactions.toSorted((a, b) => a.ms - b.ms);
  const median = least((one) => sorted(one)[Math.floor(sorted(one).length / 2)]?.ms ?? 0);
  const [worst] = all.flatMap((one) => sorted(one).slice(-1)).toSorted((a, b) => a.ms - b.ms);
  return `| ${name} | ${median} | ${describe(worst)} | ${least(({ tasks }) => Math.max(0, ...tasks))} | ${least(({ workMs }) => workMs)} |\n`;
}

await build({
  root: `${root}bench`,
  configFile: false,
  logLevel: "error",
  build: { outDir: hookPage, rolldownOptions: { input: `${root}bench/hook.html` } },
});
const serve = (outDir: string) =>
  preview({
    root,
    configFile: false,
    logLevel: "warn",
    build: { outDir },
    preview: { port: 0, host: "127.0.0.1" },
  });
const servers = await Promise.all([serve(process.env["EDITOR_PAGE"] ?? "dist/page"), serve(hookPage)]);
const [editorUrl = "", hookUrl = ""] = servers.map(({ resolvedUrls }) => resolvedUrls?.local[0] ?? "");
try {
  process.stdout.write(
    "| 12 MP, CPU 4 times slower | median interaction, ms | worst, ms | longest task, ms | main thread, ms |\n| --- | --- | --- | --- | --- |\n",
  );
  for (const [name, options] of [
    ["1440 x 900, mouse", { viewport: { width: 1440, height: 900 } }],
    [
      "390 x 844, touch",
      { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3, hasTouch: true, isMobile: true },
    ],
  ] as const) {
    const [editor, hook]: [Measured[], Measured[]] = [[], []];
    // In turns, so that a busy minute of the machine is not that of one contender.
    for (let round = 0; round < rounds; round += 1) {
      hook.push(await measure(`${hookUrl}hook.html`, options));
      editor.push(await measure(editorUrl, options));
    }
    process.stdout.write(lineOf(`\`useMask\` alone, ${name}`, hook) + lineOf(`the editor, ${name}`, editor));
  }
  process.stdout.write(`\nLoad of the machine: ${loadavg()[0]?.toFixed(1)}.\n`);
} finally {
  await Promise.all(servers.map((server) => server.close()));
  await rm(hookPage, { recursive: true, force: true });
}
