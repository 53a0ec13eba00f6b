import { fileURLToPath } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Locator, Page } from "playwright";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { launchChromium } from "./launch-chromium.ts";
import { saveScreenshot } from "./save-screenshot.ts";
import { type Site, secretKey, startSite } from "./start-site.ts";

const samplePath = fileURLToPath(new URL("../public/sample.png", import.meta.url));

let site: Site;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let received: Promise<Buffer>[];

beforeAll(async () => {
  site = await startSite();
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
  await site.close();
});

beforeEach(async () => {
  site.scenario = "ok";
  site.responses.length = 0;
  site.mock.reset();
  await visit("light");
});

afterEach(() => context.close());

async function visit(colorScheme: "light" | "dark"): Promise<void> {
  context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 860 } });
  page = await context.newPage();
  received = [];
  page.on("response", (response) => {
    const head = Buffer.from(JSON.stringify(response.headers()));
    received.push(
      response.body().then(
        (body) => Buffer.concat([head, body]),
        () => head, // the body is lost after a navigation or a cut
      ),
    );
  });
  await page.goto(site.url);
}

const button = (name: string): Locator => page.getByRole("button", { name, exact: true });
const run = (): Locator => button("Edit the image");
const compare = (): Locator => page.getByLabel("Compare before and after");

async function openSample(): Promise<void> {
  await button("Try the sample").click();
  await page.locator("canvas").waitFor();
}

/** Draws around the balloon of the sample with the lasso and marks its basket with the brush: real pointer events. */
async function paint(): Promise<void> {
  const frame = await page.locator("canvas").boundingBox();
  if (frame === null) throw new Error("The canvas is not visible.");
  const drag = async (positions: readonly (readonly [x: number, y: number])[]) => {
    for (const [index, [x, y]] of positions.entries()) {
      await page.mouse.move(frame.x + (frame.width * x) / 1024, frame.y + (frame.height * y) / 1024, {
        steps: 3,
      });
      if (index === 0) await page.mouse.down();
    }
    await page.mouse.up();
  };
  await button("Lasso").click();
  await drag(balloon);
  await button("Brush").click();
  await drag([
    [668, 480],
    [668, 510],
  ]);
}

const balloon = [
  ...([
    [668, 120],
    [745, 136],
    [800, 190],
    [822, 270],
    [808, 345],
    [770, 402],
    [706, 458],
  ] as const),
  ...([
    [630, 458],
    [566, 402],
    [528, 345],
    [514, 270],
    [536, 190],
    [591, 136],
    [668, 120],
  ] as const),
];

async function askFor(prompt: string): Promise<void> {
  await page.getByLabel("What should change?").fill(prompt);
}

async function expectAccessible(): Promise<void> {
  const { violations, passes } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  expect(passes.length).toBeGreaterThan(10); // axe has seen a page
}

describe("the page", () => {
  it("the page edits the marked area, streams without layout shifts and downloads a result that is exact outside", async () => {
    await page.evaluate(() => {
      const positions = () =>
        [".frame", ".history", ".run .button", ".form"].map((name) =>
          JSON.stringify(document.querySelector(name)?.getBoundingClientRect()),
        );
      const seen = { moved: 0, positions, atPreview: [] as string[] };
      Object.assign(window, { seen });
      // Shifts after the click are expected: only those after the first preview count. The browser's own flag,
      // `hadRecentInput`, is half a second of the clock, which a busy machine needs for the click itself.
      let previewAt = Number.POSITIVE_INFINITY;
      new MutationObserver(() => {
        if (previewAt < Number.POSITIVE_INFINITY) return;
        if (document.querySelector("[alt='A preview of the edit']") === null) return;
        previewAt = performance.now();
        // Measured here: the preview may be gone before the test outside the page sees it.
        seen.atPreview = positions();
      }).observe(document, { childList: true, subtree: true, attributes: true });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[])
          if (entry.startTime >= previewAt) seen.moved += entry.value;
      }).observe({ type: "layout-shift", buffered: false });
    });
    await openSample();
    await paint();
    await askFor("a glowing neon balloon");
    await page.getByText(/Only the marked \d+ % may change/).waitFor();
    await page.waitForFunction(() => document.querySelector(".problems li") === null);
    const measure = () =>
      page.evaluate(() => {
        const { moved, atPreview, positions } = (
          window as never as { seen: { moved: number; atPreview: string[]; positions(): string[] } }
        ).seen;
        return { moved, atPreview, positions: positions() };
      });
    const { positions: before } = await measure();
    await run().click();
    await compare().waitFor({ timeout: 30_000 });
    expect(await measure()).toEqual({ moved: 0, atPreview: before, positions: before });

    const [request] = site.mock.requests;
    expect(site.mock.requests).toHaveLength(1);
    const sent = (name: string) =>
      Buffer.from(request?.parts.find((part) => part.name === name)?.bytes ?? []);
    const field = (name: string) => request?.parts.find((part) => part.name === name)?.value;
    expect([field("prompt"), field("quality")]).toEqual(["a glowing neon balloon", "auto"]);

    const mask = await sharp(sent("mask")).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const image = await sharp(sent("image")).metadata();
    expect([mask.info.width, mask.info.height]).toEqual([image.width, image.height]);
    expect(image.width).toBeLessThan(1024); // only the surroundings of the mask
    expect(sent("mask").length).toBeLessThan(4 * 1024 * 1024);
    const alpha = mask.data.filter((_, index) => index % 4 === 3);
    expect(new Set(alpha)).toEqual(new Set([0, 255]));

    const [original, edited] = await Promise.all([raw(samplePath), raw(await downloaded())]);
    const marked = alpha.filter((value) => value === 0).length;
    let changedInside = 0;
    let changedOutside = 0;
    for (let pixel = 0; pixel < 1024 * 1024; pixel += 1) {
      const differs = [0, 1, 2].some(
        (channel) => original[3 * pixel + channel] !== edited[3 * pixel + channel],
      );
      if (!differs) continue;
      if (isPainted(pixel % 1024, Math.floor(pixel / 1024))) changedInside += 1;
      else changedOutside += 1;
    }
    expect(changedOutside).toBe(0);
    expect(changedInside).toBeGreaterThan(marked / 2);
  });

  it("an edit without a mask downloads exactly what the server made", async () => {
    await openSample();
    await askFor("a watercolor");
    await run().click();
    await compare().waitFor({ timeout: 30_000 });
    const bytes = await downloaded();
    const completed = (site.responses[0] ?? "").match(/"type":"image_edit\.completed"[^\n]*/)?.[0] ?? "";
    expect(completed.includes(bytes.toString("base64"))).toBe(true);
  });

  it("the history has undo, redo and branches", async () => {
    await openSample();
    for (const prompt of ["first", "second"]) {
      await askFor(prompt);
      await run().click();
      await button(`Version ${prompt === "first" ? 2 : 3}: ${prompt}`).waitFor({ timeout: 30_000 });
    }
    await button("Undo the edit").click();
    await button("Undo the edit").click();
    await button("Redo the edit").click();
    expect(await button("Version 2: first").getAttribute("aria-current")).toBe("step");
    await askFor("branch");
    await run().click();
    await button("Version 4: branch").waitFor({ timeout: 30_000 });
    expect(await page.locator(".thumb").count()).toBe(4);
  });

  it("a double click sends one POST, and no byte of the key reaches the page", async () => {
    await openSample();
    await askFor("a wooden house");
    await run().dblclick();
    await compare().waitFor({ timeout: 30_000 });
    site.scenario = "unauthorized";
    await askFor("an edit with a refused key");
    await run().click();
    await page.getByRole("alert").waitFor();
    expect(site.mock.requests.map(({ status }) => status)).toEqual([200, 401]);
    expect(site.mock.requests[0]?.headers["authorization"]).toBe(`Bearer ${secretKey}`);
    const bytes = Buffer.concat(await Promise.all(received));
    expect(bytes.length).toBeGreaterThan(100_000);
    expect(bytes.includes(secretKey)).toBe(false);
    expect(bytes.includes(secretKey.slice(3, 20))).toBe(false);
    expect(await page.content()).not.toContain(secretKey);
  });

  it("the page can be used with only the keyboard", async () => {
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const tabTo = async (target: Locator) => {
      for (let count = 0; count < 60; count += 1) {
        if (await target.evaluate((element) => element === document.activeElement)) return;
        await press("Tab");
      }
      throw new Error("The element cannot be reached with Tab.");
    };
    await tabTo(button("Try the sample"));
    await press("Enter");
    await page.locator("canvas").waitFor();
    await tabTo(page.locator("canvas"));
    await press("Space", "Shift+ArrowRight", "Shift+ArrowUp", "Space");
    await tabTo(page.getByLabel("What should change?"));
    await page.keyboard.type("a kite");
    await tabTo(run());
    await press("Enter");
    await compare().waitFor({ timeout: 30_000 });
    const names = site.mock.requests[0]?.parts.map(({ name }) => name) ?? [];
    expect(names).toEqual(expect.arrayContaining(["image", "mask", "prompt"]));
    await tabTo(compare());
    await press("End");
    expect(await compare().inputValue()).toBe("100");
  });
});

describe("another image", () => {
  const choose = (name: string, buffer: Buffer) =>
    page.locator("input[type=file]").setInputFiles({ name, mimeType: "image/png", buffer });
  const versions = () => page.locator(".thumb").count();

  it("an image that the browser cannot show is not opened, and the current one stays", async () => {
    await openSample();
    await choose("holiday.heic", Buffer.from("not an image"));
    await page.getByRole("alert").getByText("holiday.heic cannot be shown here").waitFor();
    await expectAccessible();
    expect(await page.locator("canvas").isVisible()).toBe(true);
    await choose("small.png", await smallImage());
    await page.getByRole("alert").waitFor({ state: "detached" });
  });

  it("opening another image removes no version, billed ones least of all", async () => {
    await openSample();
    await askFor("anything");
    await run().click();
    await expect.poll(versions, { timeout: 30_000 }).toBe(2);
    await choose("small.png", await smallImage());
    await expect.poll(versions).toBe(3);
    await page.getByRole("button", { name: "Version 2: anything" }).click();
    await page.getByText("Compare").waitFor();
  });
});

describe("preflight", () => {
  it("preflight shows what a model would refuse before anything is sent", async () => {
    await openSample();
    await askFor("anything");
    await page.getByLabel("Model").selectOption("dall-e-2");
    await askFor("x".repeat(1001));
    await page.locator("#prompt-problems").getByText("1000").waitFor();
    expect(await run().isDisabled()).toBe(true);
    await askFor("short enough");
    await page.locator("#prompt-problems li").waitFor({ state: "detached" });
    expect(await page.getByLabel("Size").locator("option").allTextContents()).toEqual([
      "256 × 256",
      "512 × 512",
      "1024 × 1024",
    ]);
    expect(site.mock.requests).toHaveLength(0);
  });
});

describe("an edit without a result", () => {
  const note = () => page.locator(".note");

  async function failWith(scenario: string): Promise<string> {
    site.scenario = scenario;
    await openSample();
    await askFor("anything");
    await run().click();
    await note().waitFor({ timeout: 30_000 });
    return textOf(note());
  }

  it("cancel aborts the request up to the server, and the edit may be billed", async () => {
    site.scenario = "hang";
    await openSample();
    await askFor("anything");
    await run().click();
    await vi.waitFor(() => expect(site.mock.requests[0]?.parts.length).toBeGreaterThan(0), 15_000);
    await button("Cancel").click();
    await vi.waitFor(
      () => expect(site.mock.requests[0]).toMatchObject({ aborted: true, done: true }),
      15_000,
    );
    await note().waitFor();
    expect(site.mock.requests).toHaveLength(1);
    expect(await textOf(note())).toMatch(/Canceled[\s\S]*may have been billed/);
    site.scenario = "ok";
    await button("Send it again").click();
    await compare().waitFor({ timeout: 30_000 });
  });

  it("a 524 of a gateway has its own message", async () => {
    const text = await failWith("html-524");
    expect(text).toMatch(/The gateway gave up waiting[\s\S]*100 seconds[\s\S]*may have been billed/);
    expect(text).not.toContain("<");
    expect(await button("Try again (may be billed twice)").isVisible()).toBe(true);
  });

  it("a refused edit is reported as not billed", async () => {
    expect(await failWith("moderation")).toMatch(/The server refused this edit[\s\S]*Nothing was billed/);
  });

  it("a cut connection is reported as possibly billed", async () => {
    expect(await failWith("reset")).toMatch(/may have been billed/);
  });

  it("the page reports that the browser is offline and continues when it is online again", async () => {
    await openSample();
    await askFor("anything");
    await context.setOffline(true);
    await page.getByText("You are offline. Nothing can be sent, and nothing is lost").waitFor();
    expect(await run().isDisabled()).toBe(true);
    await expectAccessible();
    await context.setOffline(false);
    await run().click();
    await compare().waitFor({ timeout: 30_000 });
  });

  it("a connection that is lost during an edit is reported as possibly billed", async () => {
    site.scenario = "hang";
    await openSample();
    await askFor("anything");
    await run().click();
    await vi.waitFor(() => expect(site.mock.requests[0]?.parts.length).toBeGreaterThan(0), 15_000);
    // The connection is lost on the side of the browser, as when a phone loses its network.
    await context.setOffline(true);
    site.cutConnections(true);
    await page.getByText("The connection was lost").waitFor();
    expect(await textOf(note())).toMatch(/may have been billed/);
    await context.setOffline(false);
    site.cutConnections(false);
  });
});

describe.each(["light", "dark"] as const)("%s color scheme", (scheme) => {
  it(`axe finds no violation in any state of the ${scheme} color scheme`, async () => {
    await context.close();
    await visit(scheme);
    await expectAccessible();
    await openSample();
    await paint();
    await askFor("a glowing neon balloon, stained glass windows in the house");
    await page.waitForFunction(() => document.querySelector(".problems li") === null);
    await expectAccessible();

    site.scenario = "hang";
    await run().click();
    await page.getByText("The model is at work").waitFor();
    await expectAccessible();
    await button("Cancel").click();
    await page.getByText("Canceled", { exact: true }).waitFor();
    await expectAccessible();

    for (const scenario of ["html-524", "moderation"]) {
      site.scenario = scenario;
      await page.locator(".note button").click();
      await page.getByRole("alert").waitFor();
      await expectAccessible();
    }

    site.scenario = "ok";
    await page.locator(".note button").click();
    await compare().waitFor({ timeout: 30_000 });
    await expectAccessible();
    await compare().blur();
    await saveScreenshot(page, `edit-${scheme}`);

    await page.getByLabel("Model").selectOption("dall-e-2");
    await askFor("x".repeat(1001));
    await page.locator("#prompt-problems li").waitFor();
    await expectAccessible();
    await page.setViewportSize({ width: 390, height: 844 });
    await expectAccessible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await page.setViewportSize({ width: 375, height: 812 });
    await button("Mask").click();
    const [board, last] = [page.locator(".board"), button("Clear the mask")];
    const edges = await Promise.all([board, last].map(async (part) => part.boundingBox()));
    const [boardEnd = 0, lastEnd = 0] = edges.map((box) => (box?.x ?? 0) + (box?.width ?? 0));
    expect(lastEnd).toBeLessThan(boardEnd);
  }, 240_000);
});

/** Returns the visible text, line by line. */
async function textOf(locator: Locator): Promise<string> {
  return (await locator.locator("h2, p").allTextContents()).join("\n");
}

const smallImage = () =>
  sharp({ create: { width: 64, height: 48, channels: 3, background: "teal" } })
    .png()
    .toBuffer();

async function raw(bytes: Buffer | string): Promise<Buffer> {
  return sharp(bytes).removeAlpha().raw().toBuffer();
}

/** Whether the test painted there: on the balloon, or on its basket with a brush of half this width. */
function isPainted(x: number, y: number): boolean {
  const brushPx = 48;
  const isBasket = Math.abs(x - 668) <= brushPx && y >= 480 - brushPx && y <= 510 + brushPx;
  return isBasket || (x >= 513 && x <= 823 && y >= 119 && y <= 459);
}

/** Saves the current image with the link of the page. */
async function downloaded(): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("retouched.png");
  return readStream(await download.createReadStream());
}

async function readStream(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
