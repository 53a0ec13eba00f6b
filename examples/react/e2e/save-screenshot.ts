import { copyFile, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import sharp from "sharp";
import { expect } from "vitest";

const fresh = fileURLToPath(new URL("../node_modules/.e2e/screenshots/", import.meta.url));
const shown = fileURLToPath(new URL("../../../packages/react-hooks/docs/", import.meta.url));

/**
 * Takes a screenshot and compares its size with the one that the README shows. `UPDATE_SCREENSHOTS=1` puts it there:
 * pixels differ from machine to machine, so that nothing is replaced unasked.
 */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  const path = `${fresh}${name}.png`;
  await page.screenshot({ path, animations: "disabled" });
  if (process.env["UPDATE_SCREENSHOTS"] === "1") {
    await mkdir(shown, { recursive: true });
    await copyFile(path, `${shown}${name}.png`);
  }
  const [taken, kept] = await Promise.all([sharp(path).metadata(), sharp(`${shown}${name}.png`).metadata()]);
  expect([kept.width, kept.height]).toEqual([taken.width, taken.height]);
}
