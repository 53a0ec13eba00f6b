import type { Browser } from "playwright";
import sharp from "sharp";
import { afterAll, beforeAll, describe, it } from "vitest";
import { desktop, EditorPage, phone } from "../editor-page.ts";
import { openBrowser } from "../open-browser.ts";
import { type Site, startSite } from "../start-site.ts";
import { saveScreenshot } from "./save-screenshot.ts";

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite({ isReal: true }), openBrowser()]);
});

afterAll(async () => {
  await browser.close();
  await site.close();
});

/** Around the balloon of the sample. */
const balloon = [
  ...([
    [0.652, 0.11],
    [0.735, 0.13],
    [0.785, 0.185],
    [0.806, 0.265],
    [0.79, 0.34],
  ] as const),
  ...([
    [0.75, 0.395],
    [0.69, 0.45],
    [0.69, 0.52],
    [0.615, 0.52],
    [0.615, 0.45],
  ] as const),
  ...([
    [0.552, 0.395],
    [0.513, 0.34],
    [0.5, 0.265],
    [0.52, 0.185],
    [0.57, 0.13],
    [0.652, 0.11],
  ] as const),
];

const shotOf = ({ page }: EditorPage) => page.screenshot({ animations: "disabled", caret: "hide" });

async function markBalloon(editor: EditorPage): Promise<void> {
  await editor.button("Lasso").click();
  await editor.drag(...balloon);
  await editor.page.mouse.move(2, 2);
}

async function edit(editor: EditorPage, prompt: string, version: number): Promise<void> {
  await editor.askFor(prompt);
  await editor.run.click();
  await editor.version(version).waitFor();
  await editor.compare.waitFor();
  // Every image is painted before the screenshot is taken.
  await editor.page.waitForFunction(() =>
    [...document.images].every(({ complete, naturalWidth }) => complete && naturalWidth > 0),
  );
}

/** Two edits, and a branch from the first. */
async function work(editor: EditorPage): Promise<void> {
  await editor.openSample();
  await markBalloon(editor);
  await edit(editor, "a glowing neon balloon", 2);
  await edit(editor, "make it a starry night", 3);
  await editor.version(2).click();
  await edit(editor, "let it snow", 4);
  await editor.version(2).click();
  await editor.prompt.fill("stained glass in the windows of the house");
  await editor.compare.waitFor();
  await editor.page.getByText("Ready").waitFor();
  await editor.prompt.blur();
  await editor.page.mouse.move(2, 2);
}

describe("screenshots", () => {
  it.each(["light", "dark"] as const)("of a desktop, %s", async (colorScheme) => {
    const editor = await EditorPage.open(browser, site.url, { ...desktop, colorScheme });
    await work(editor);
    const shot = await shotOf(editor);
    await saveScreenshot(shot, `editor/docs/desktop-${colorScheme}.png`);
    await saveScreenshot(shot, `react-hooks/docs/edit-${colorScheme}.png`);
    await editor.close();
  });

  it("of a phone, light and dark", async () => {
    const editor = await EditorPage.open(browser, site.url, { ...phone, deviceScaleFactor: 2 });
    await work(editor);
    const light = await shotOf(editor);
    await editor.page.emulateMedia({ colorScheme: "dark" });
    await editor.button("Mask").click();
    await markBalloon(editor);
    const dark = await shotOf(editor);
    const [width = 0, height = 0] = await sharp(light)
      .metadata()
      .then((found) => [found.width, found.height]);
    const both = await sharp({ create: { width: 2 * width + 80, height, channels: 4, background: "#0000" } })
      .composite([
        { input: light, left: 0, top: 0 },
        { input: dark, left: width + 80, top: 0 },
      ])
      .png()
      .toBuffer();
    await saveScreenshot(both, "editor/docs/phone.png");
    await editor.close();
  });

  it("of an edit from drop to download", async () => {
    const editor = await EditorPage.open(browser, site.url, { viewport: { width: 1100, height: 720 } });
    const shots = [await shotOf(editor)];
    await editor.openSample();
    await markBalloon(editor);
    await editor.askFor("a glowing neon balloon");
    shots.push(await shotOf(editor));
    site.hold();
    await editor.run.click();
    await editor.page.getByText("The model is at work").waitFor();
    shots.push(await shotOf(editor));
    site.release();
    await editor.compare.waitFor();
    await editor.page.getByRole("link", { name: "Download" }).first().hover();
    shots.push(await shotOf(editor));
    const small = await Promise.all(shots.map((shot) => sharp(shot).resize(640).png().toBuffer()));
    const { height = 0 } = await sharp(small[0]).metadata();
    const strip = await sharp({
      create: { width: 2 * 640 + 20, height: 2 * height + 20, channels: 4, background: "#0000" },
    })
      .composite(
        small.map((input, index) => ({
          input,
          left: (index % 2) * 660,
          top: Math.floor(index / 2) * (height + 20),
        })),
      )
      .png()
      .toBuffer();
    await saveScreenshot(strip, "editor/docs/strip.png");
    await editor.close();
  });
});
