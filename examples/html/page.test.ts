import { chromium } from "playwright";
import { expect, it } from "vitest";
import { chromiumLaunch } from "../../tools/chromium-launch.mjs";
import { serve } from "./serve.ts";

it("a page without a bundler edits an image", async () => {
  const site = await serve();
  if (chromiumLaunch.executablePath === undefined)
    throw new Error("No Chromium found. Run `node tools/ensure-programs.mjs`.");
  const browser = await chromium.launch(chromiumLaunch);
  try {
    const page = await browser.newPage();
    const pageErrors: string[] = [];
    page.on("pageerror", ({ message }) => pageErrors.push(message));
    await page.goto(site.url);
    const sample = new URL("../../tools/quickstart/sample/scene.png", import.meta.url);
    await page.getByLabel("Image", { exact: true }).setInputFiles(sample.pathname);
    await page.getByLabel("What should change?").fill("Let it snow");
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByAltText("Let it snow").waitFor({ timeout: 40_000 });
    expect(
      await page.getByAltText("Let it snow").evaluate((image: HTMLImageElement) => image.naturalWidth),
    ).toBe(1024);
    expect(await page.getByRole("status").textContent()).toBe("Done");
    expect(pageErrors).toEqual([]);
  } finally {
    await browser.close();
    await site.close();
  }
});
