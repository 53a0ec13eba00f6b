import { beforeEach, describe, expect, it } from "vitest";
import type { EditorPage } from "./editor-page.ts";
import { shareSite } from "./share-site.ts";

const shared = shareSite();
let editor: EditorPage;

beforeEach(async () => {
  editor = await shared.openEditor();
});

describe("the keyboard alone", () => {
  it("an edit with a mask is completed, announced, and the focus never falls to body", async () => {
    const { page } = editor;
    await page.evaluate(() => {
      // In each frame: what had the focus is gone or hidden, and nothing has it now. At the end of the page, Tab leaves it
      // for the browser's own buttons, which is not a loss.
      const lost: string[] = [];
      Object.assign(globalThis, { lost });
      let last: Element | null = null;
      addEventListener("focusin", ({ target }) => {
        last = target as Element;
      });
      const watch = (): void => {
        const isGone = last !== null && !(last.isConnected && last.checkVisibility());
        if (document.activeElement === document.body && isGone) lost.push(last?.outerHTML ?? "");
        requestAnimationFrame(watch);
      };
      requestAnimationFrame(watch);
    });
    await editor.tabTo(editor.button("Try the sample"));
    await editor.press("Enter");
    await editor.canvas.waitFor();
    await editor.said.getByText("The image is open.").waitFor();
    await editor.tabTo(editor.button("Brush"));
    await editor.press("ArrowRight", "ArrowRight", "Enter");
    expect(await editor.button("Rectangle").getAttribute("aria-pressed")).toBe("true");
    await editor.tabTo(editor.canvas);
    await editor.press("Space", "Shift+ArrowRight", "Shift+ArrowUp", "Space");
    await editor.said.getByText("1 % of the image is marked.").last().waitFor();
    await editor.press("i");
    await editor.said.getByText("99 % of the image is marked.").waitFor();
    await editor.press("Control+z");
    await editor.said.getByText("1 % of the image is marked.").last().waitFor();
    await editor.tabTo(editor.prompt);
    await page.keyboard.type("a kite");
    await editor.tabTo(editor.run);
    await editor.press("Enter");
    await editor.compare.waitFor();
    await editor.said.getByText("The edited image is here.").waitFor();
    const names = shared.site.mock.requests[0]?.parts.map(({ name }) => name) ?? [];
    expect(names).toEqual(expect.arrayContaining(["image", "mask", "prompt"]));
    await editor.tabTo(editor.compare);
    await editor.press("End");
    expect(await editor.compare.inputValue()).toBe("100");
    // The element that has the focus is removed.
    await editor.tabTo(editor.button("Undo the edit"));
    await editor.press("Enter");
    await editor.said.getByText("Version 1: the original").waitFor();
    await editor.press("Enter"); // there is nothing left to undo
    expect(await editor.focused()).toBe("Undo the edit");
    expect(await page.evaluate(() => (globalThis as never as { lost: string[] }).lost)).toEqual([]);
  });

  it("a toolbar is one tab stop whose arrows follow the direction of writing", async () => {
    const { page } = editor;
    await editor.openSample();
    await editor.tabTo(editor.button("Brush"));
    await editor.press("ArrowRight");
    expect(await editor.focused()).toBe("Eraser");
    await editor.press("End");
    expect(await editor.focused()).toBe("Clear the mask");
    await editor.press("ArrowRight");
    expect(await editor.focused()).toBe("Brush");
    await editor.press("ArrowLeft", "Home", "ArrowRight");
    expect(await editor.focused()).toBe("Eraser");
    await page.evaluate(() => {
      document.documentElement.dir = "rtl";
    });
    await editor.press("ArrowRight");
    expect(await editor.focused()).toBe("Brush");
    await editor.press("ArrowLeft", "ArrowLeft", "Tab", "Shift+Tab");
    expect(await editor.focused()).toBe("Rectangle");
  });

  it("the hand moves a zoomed image, and paints nothing", async () => {
    const { page } = editor;
    await editor.openSample();
    await editor.button("Zoom in").click();
    await editor.button("Zoom in").click();
    await editor.button("Move the image").click();
    const frame = page.locator(".frame");
    const before = await frame.boundingBox();
    const box = await page.locator(".viewport").boundingBox();
    const [x, y] = [(box?.x ?? 0) + 200, (box?.y ?? 0) + 200];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 40, y + 30);
    await page.mouse.up();
    const after = await frame.boundingBox();
    expect([(after?.x ?? 0) - (before?.x ?? 0), (after?.y ?? 0) - (before?.y ?? 0)]).toEqual([40, 30]);
    expect(await editor.button("Undo the mask").getAttribute("aria-disabled")).toBe("true");
    await editor.button("Brush").click();
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 40, y + 30);
    await page.mouse.up();
    await editor.said.getByText("of the image is marked").waitFor();
  });
});
