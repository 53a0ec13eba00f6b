import type { BrowserContextOptions } from "playwright";
import sharp from "sharp";
import { describe, expect, it, vi } from "vitest";
import { exampleModel } from "../../react-hooks/src/generated/example-model.gen.ts";
import { desktop, type EditorPage, phone } from "./editor-page.ts";
import { shareSite } from "./share-site.ts";

const shared = shareSite();
let editor: EditorPage;

async function boxOf(selector: string) {
  const box = await editor.page.locator(selector).first().boundingBox();
  if (box === null) throw new Error(`${selector} is not visible.`);
  return { ...box, bottom: box.y + box.height, right: box.x + box.width };
}

const overflow = () =>
  editor.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describe("on a phone", () => {
  it("the image is in sight, and the prompt and its button are where the thumb is, in every state", async () => {
    editor = await shared.openEditor(phone);
    await editor.openSample();
    const check = async () => {
      const [frame, prompt, run] = [await boxOf(".frame"), await boxOf("#prompt"), await boxOf(".run")];
      expect(frame.width).toBeGreaterThan(250);
      expect(frame.bottom).toBeLessThan(prompt.y);
      for (const { y, bottom } of [prompt, run]) {
        expect(y).toBeGreaterThan(844 / 2);
        expect(bottom).toBeLessThanOrEqual(844);
      }
      expect(await overflow()).toBe(0);
    };
    await check();
    await editor.askFor("anything");
    shared.site.hold();
    await editor.run.tap();
    await editor.page.getByText("The model is at work").waitFor();
    await check();
    shared.site.release();
    await editor.compare.waitFor();
    await check();
    // Every tool can be reached, and none is smaller than a finger.
    await editor.button("Clear the mask").scrollIntoViewIfNeeded();
    for (const tool of await editor.page.locator(".tools .tool").all()) {
      const box = await tool.boundingBox();
      expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(40);
    }
    await editor.page.getByText("Take a photo").first().waitFor();
  });
});

describe("any screen", () => {
  it.each([
    ["1440 x 900 at 200 %", { viewport: { width: 720, height: 450 } }],
    ["1280 x 1024 at 400 %", { viewport: { width: 320, height: 256 } }],
    ["right to left", desktop],
    ["a phone, right to left", phone],
    ["forced colors and reduced motion", { ...desktop, forcedColors: "active", reducedMotion: "reduce" }],
  ] satisfies [string, BrowserContextOptions][])(
    "%s: nothing is cut off, and an edit is made",
    async (name, options) => {
      editor = await shared.openEditor(options);
      if (name.includes("right to left")) {
        await editor.page.evaluate(() => {
          document.documentElement.dir = "rtl";
        });
      }
      await editor.editSample("anything at all");
      await editor.compare.waitFor();
      expect(await overflow()).toBe(0);
      const cut = await editor.page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>(".panel button, .panel p, .panel dd, .top button")]
          .filter((element) => element.offsetWidth > 0 && element.scrollWidth > element.clientWidth + 1)
          .map((element) => element.textContent),
      );
      expect(cut).toEqual([]);
      const running = await editor.page.evaluate(() => document.getAnimations().length);
      expect(running).toBe(0);
    },
  );
});

describe("the comparison", () => {
  it("the slider shows before at the left in any direction of writing", async () => {
    editor = await shared.openEditor();
    await editor.editSample();
    await editor.compare.waitFor();
    for (const direction of ["ltr", "rtl"]) {
      await editor.page.evaluate((dir) => {
        document.documentElement.dir = dir;
      }, direction);
      const box = await boxOf(".compare");
      await editor.page.mouse.click(box.x + box.width * 0.25, box.y + 20);
      await vi.waitFor(async () => {
        const cut = await boxOf(".compare .cut");
        expect(Math.abs(cut.x + cut.width / 2 - (box.x + box.width * 0.25))).toBeLessThan(box.width * 0.02);
      }, 30_000);
      const [before, after] = [await boxOf(".before-tag"), await boxOf(".after-tag")];
      expect(before.right).toBeLessThan(after.x);
      const [width, height] = await editor.page.evaluate(() => {
        const size = document.querySelector(".facts bdi");
        return [size?.firstChild, size?.lastChild].map((text) => {
          const range = document.createRange();
          if (text) range.selectNodeContents(text);
          return range.getBoundingClientRect().x;
        });
      });
      expect(width).toBeLessThan(height ?? 0);
    }
  });

  it("images of another ratio stay registered: both whole, with one center, at any zoom", async () => {
    editor = await shared.openEditor();
    const wide = await sharp({ create: { width: 600, height: 200, channels: 3, background: "teal" } })
      .png()
      .toBuffer();
    await editor.page
      .locator("input[type=file]")
      .first()
      .setInputFiles({ name: "wide.png", mimeType: "image/png", buffer: wide });
    await editor.canvas.waitFor();
    await editor.page.getByText("Model and options").click();
    await editor.choice("Model").selectOption(exampleModel);
    await editor.choice("Size").selectOption("1024x1536");
    await editor.askFor("taller");
    await editor.run.click();
    await editor.compare.waitFor();
    await editor.button("Zoom in").click();
    const [before, after, frame] = [
      await boxOf("img.before"),
      await boxOf("img.after"),
      await boxOf(".frame"),
    ];
    for (const box of [before, after]) {
      for (const side of ["x", "y", "width", "height"] as const)
        expect(Math.abs(box[side] - frame[side])).toBeLessThan(1);
    }
    const fit = await editor.page
      .locator("img.before")
      .evaluate((image) => getComputedStyle(image).objectFit);
    expect(fit).toBe("contain");
    expect(frame.height / frame.width).toBeCloseTo(1.5, 1);
  });
});
