import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { desktop, type EditorPage, phone } from "./editor-page.ts";
import { shareSite } from "./share-site.ts";

const shared = shareSite();
let editor: EditorPage;

const partsOf = (index: number) =>
  new Map(shared.site.mock.requests[index]?.parts.map((part) => [part.name, Buffer.from(part.bytes ?? [])]));

/** Chooses a model that takes a markup, as the page offers it. */
async function chooseModel(): Promise<void> {
  await editor.page.getByText("takes no markup: paint a mask, or choose a model that does.").waitFor();
  await editor.page.getByRole("button", { name: /^Use / }).click();
  await editor.page.getByText("takes no markup").waitFor({ state: "detached" });
}

describe("a markup", () => {
  it("is drawn, sent instead of the mask, shown with its version, and sent again with a new prompt", async () => {
    editor = await shared.openEditor(desktop);
    const { page } = editor;
    await editor.openSample();
    await editor.drag([0.4, 0.4], [0.6, 0.5]);
    await page.getByText(/everything outside the marked/).waitFor();
    await editor.button("Markup").click();
    await editor.drag([0.3, 0.7], [0.55, 0.35]);
    await editor.said.getByText("The arrow is drawn. 1 mark is on the image.").waitFor();
    await page.getByText("The mask stays here and is not sent").waitFor();
    await chooseModel();
    await editor.button("Mask").click();
    await page.getByText("The markup stays here and is not sent").waitFor();
    await editor.button("Markup").click();
    await editor.button("Clear the markup").click();
    await editor.button("Undo the markup").click();
    await editor.button("Note").click();
    expect(await editor.focused()).toBe("Text of the next note");
    await page.keyboard.type("make it red");
    await editor.drag([0.1, 0.8], [0.11, 0.8]);
    await editor.said.getByText("The note “make it red” is drawn. 2 marks are on the image.").waitFor();
    await editor.askFor("Do what the note says");
    await editor.run.click();
    await editor.compare.waitFor();

    const parts = partsOf(0);
    expect([parts.has("markup"), parts.has("mask")]).toEqual([true, false]);
    const { data, info } = await sharp(parts.get("markup")).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([1024, 1024, 4]);
    const alphaAt = (x: number, y: number) =>
      data[(Math.round(y * 1024) * 1024 + Math.round(x * 1024)) * 4 + 3];
    expect([alphaAt(0.4, 0.56), alphaAt(0.8, 0.8)]).toEqual([255, 0]);

    await page.getByRole("img", { name: "The markup: what was drawn on the image" }).waitFor();
    await page.getByText("The same edit as a command and as code").click();
    expect(await page.getByRole("textbox", { name: "Command" }).inputValue()).toContain(
      " --markup markup-2.png --size",
    );
    expect(await page.getByRole("textbox", { name: "TypeScript" }).inputValue()).toContain(
      'markup: "markup-2.png",',
    );
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      editor.button("Download the markup").click(),
    ]);
    expect(download.suggestedFilename()).toBe("markup-2.png");
    const archived: Buffer[] = [];
    const [archive] = await Promise.all([
      page.waitForEvent("download"),
      editor.button("Download all versions").click(),
    ]);
    for await (const chunk of await archive.createReadStream()) archived.push(chunk as Buffer);
    expect(Buffer.concat(archived).includes('"markup": "markup-2.png"')).toBe(true);
    expect(Buffer.concat(archived).includes(parts.get("markup") ?? "none")).toBe(true);

    await editor.button("Same markup, new prompt").click();
    await page.getByText("and the same markup as “Do what the note says”").waitFor();
    await editor.askFor("in blue");
    await editor.run.click();
    await page.getByRole("button", { name: "Version 3: in blue, made from version 1" }).waitFor();
    expect(
      partsOf(1)
        .get("markup")
        ?.equals(parts.get("markup") ?? Buffer.of()),
    ).toBe(true);
  });

  it("is drawn with the keyboard and with a finger, right to left, on a phone with forced colors", async () => {
    editor = await shared.openEditor({ ...phone, forcedColors: "active" });
    const { page } = editor;
    await page.evaluate(() => {
      document.documentElement.dir = "rtl";
    });
    await editor.openSample();
    await editor.button("Markup").tap();
    await editor.tabTo(editor.button("Arrow"));
    await editor.press("ArrowLeft", "Enter");
    expect(await editor.button("Box").getAttribute("aria-pressed")).toBe("true");
    await editor.tabTo(editor.canvas);
    await editor.press("Space", "Shift+ArrowRight", "Shift+ArrowUp", "Space");
    await editor.said.getByText("The box is drawn. 1 mark is on the image.").waitFor();
    await editor.press("a");
    expect(await editor.button("Arrow").getAttribute("aria-pressed")).toBe("true");
    await editor.press("Control+z");
    await editor.said.getByText("Nothing is drawn.").waitFor();
    await editor.press("Control+Shift+z");

    // What is chosen is said by its border, where colors are the reader's.
    const borders = await page
      .locator(".switch button")
      .evaluateAll((buttons) => buttons.map((button) => getComputedStyle(button).borderTopWidth));
    expect(borders).toEqual(["1px", "2px", "1px"]);
    const box = await editor.canvas.boundingBox();
    const fingers = await editor.context.newCDPSession(page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...at: readonly number[]) =>
      fingers.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: at.map((x) => ({
          x: (box?.x ?? 0) + (box?.width ?? 0) * x,
          y: (box?.y ?? 0) + (box?.height ?? 0) * 0.5,
        })),
      });
    await touch("touchStart", 0.2);
    await touch("touchMove", 0.6);
    await touch("touchEnd");
    await editor.said.getByText("The arrow is drawn. 2 marks are on the image.").waitFor();
    const layout = await page.evaluate(() => ({
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      tools: [...document.querySelectorAll(".tools .tool")].map((tool) => tool.getBoundingClientRect().width),
      rows: [".board-top .switch", ".zoom"].map(
        (name) => document.querySelector(name)?.getBoundingClientRect().y,
      ),
    }));
    expect(layout.overflow).toBe(0);
    expect(Math.min(...layout.tools)).toBeGreaterThanOrEqual(40);
    expect(Math.abs((layout.rows[0] ?? 0) - (layout.rows[1] ?? 99))).toBeLessThan(10); // one row
    await chooseModel();
    await editor.askFor("follow the arrow");
    await editor.run.click();
    await editor.compare.waitFor();
    expect(partsOf(0).get("markup")?.length).toBeGreaterThan(100);
    expect(partsOf(0).has("mask")).toBe(false);
  });
});
