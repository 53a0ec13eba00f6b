import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { expect } from "vitest";

const packages = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * Compares the size of a screenshot with the one in a README. Only `UPDATE_SCREENSHOTS=1` replaces that one, because
 * pixels differ between machines.
 *
 * @param path below `packages`
 */
export async function saveScreenshot(image: Buffer, path: string): Promise<void> {
  const { width, height } = await sharp(image).metadata();
  if (process.env["UPDATE_SCREENSHOTS"] === "1") {
    await mkdir(`${packages}${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
    // Few colors are enough for a page, and a fifth of the bytes.
    await writeFile(
      `${packages}${path}`,
      await sharp(image).png({ palette: true, quality: 90, effort: 8 }).toBuffer(),
    );
  }
  const committed = await sharp(`${packages}${path}`).metadata();
  expect([committed.width, committed.height]).toEqual([width, height]);
}
