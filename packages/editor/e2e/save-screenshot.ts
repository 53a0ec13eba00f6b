import { copyFile, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import sharp from "sharp";
import { expect } from "vitest";

const directory = fileURLToPath(new URL("../node_modules/.e2e/screenshots/", import.meta.url));
const readmeDirectory = fileURLToPath(new URL("../../../packages/react-hooks/docs/", import.meta.url));

/**
 * Takes a screenshot and compares its size with the one in the README. Only `UPDATE_SCREENSHOTS=1` replaces that one,
 * because pixels differ between machines.
 */
export async function saveScreenshot(page: Page, name: string): Promise<void> {
  const path = `${directory}${name}.png`;
  await page.screenshot({ path, animations: "disabled" });
  if (process.env["UPDATE_SCREENSHOTS"] === "1") {
    await mkdir(readmeDirectory, { recursive: true });
    await copyFile(path, `${readmeDirectory}${name}.png`);
  }
  const [taken, committed] = await Promise.all([
    sharp(path).metadata(),
    sharp(`${readmeDirectory}${name}.png`).metadata(),
  ]);
  expect([committed.width, committed.height]).toEqual([taken.width, taken.height]);
}
