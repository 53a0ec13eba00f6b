import sharp from "sharp";
import { beforeEach, describe, expect, it } from "vitest";
import { type EditorPage, phone } from "../editor-page.ts";
import { mostImages } from "../models.ts";
import { shareSite } from "../share-site.ts";

const shared = shareSite();
let editor: EditorPage;

beforeEach(async () => {
  editor = await shared.openEditor();
});

const overflow = () =>
  editor.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
const versions = () => editor.page.locator(".thumb").count();

/** Drops or pastes something on an element, as the browser does. Returns whether the page takes it. */
function give(type: "drop" | "paste", selector: string, content: Readonly<Record<string, string>>) {
  return editor.page.evaluate(
    ([kind, target, data]) => {
      const transfer = new DataTransfer();
      for (const [mediaType, text] of Object.entries(data)) {
        if (mediaType === "file") transfer.items.add(new File(["cells"], text, { type: "image/png" }));
        else transfer.setData(mediaType, text);
      }
      const init = { bubbles: true, cancelable: true };
      const element = document.querySelector(target);
      const send = (event: Event) => {
        element?.dispatchEvent(event);
        return event.defaultPrevented;
      };
      if (kind === "paste") return [send(new ClipboardEvent("paste", { ...init, clipboardData: transfer }))];
      return ["dragover", "drop"].map((name) =>
        send(new DragEvent(name, { ...init, dataTransfer: transfer })),
      );
    },
    [type, selector, content] as const,
  );
}

describe("what is dropped and pasted", () => {
  it("a link neither opens nor leaves the page, and the page says why", async () => {
    await editor.openSample();
    expect(await give("drop", ".board", { "text/uri-list": "https://images.example/a.png" })).toEqual([
      true,
      true,
    ]);
    const alert = editor.page.getByRole("alert");
    await alert.getByText("What was dropped is not a file").waitFor();
    expect(await versions()).toBe(1);
    await editor.expectAccessible();
    await editor.tabTo(editor.button("Close this message"));
    await editor.press("Enter");
    await alert.waitFor({ state: "detached" });
    expect(await editor.focused()).not.toBe("body");
  });

  it("text goes into the prompt, with the image of it that an office program adds", async () => {
    await editor.openSample();
    expect(await give("drop", "#prompt", { "text/plain": "make it night" })).toEqual([false, false]);
    const opened = await editor.page.evaluateHandle(() => {
      const names: string[] = [];
      const { createImageBitmap: open } = globalThis;
      globalThis.createImageBitmap = (image: ImageBitmapSource) => {
        if (image instanceof File) names.push(image.name);
        return open(image);
      };
      return names;
    });
    await give("paste", "#prompt", { "text/plain": "a\tb", file: "beside text.png" });
    await give("paste", ".board", { "text/plain": "a\tb", file: "cells.png" });
    await editor.page.getByRole("alert").getByText("cells.png cannot be shown here").waitFor();
    expect(await opened.jsonValue()).toEqual(["cells.png"]);
  });
});

describe("names and prompts", () => {
  it("a long file name is wrapped, and one that turns the direction turns only itself", async () => {
    editor = await shared.openEditor(phone);
    const names = [`${"a".repeat(200)}.heic`, "\u202egnp.photo.heic"];
    await editor.page
      .locator("input[type=file]")
      .first()
      .setInputFiles(names.map((name) => ({ name, mimeType: "image/heic", buffer: Buffer.from("x") })));
    const alert = editor.page.getByRole("alert");
    await alert.getByText("cannot be shown here.").waitFor();
    expect(await overflow()).toBe(0);
    expect(await alert.locator("bdi").allTextContents()).toEqual(names);
  });

  it("a prompt is written in its own direction, and a very long one is not the name of a button", async () => {
    const { page } = editor;
    await editor.openSample();
    await editor.askFor("اجعل السماء زرقاء 🎈!");
    expect(await editor.prompt.evaluate((field) => getComputedStyle(field).direction)).toBe("rtl");
    const long = `🎈${"make the balloon glow ".repeat(400)}`;
    await editor.askFor(long);
    shared.site.hold();
    await editor.run.click();
    const cancel = page.getByRole("button", { name: /^Cancel: 🎈make the balloon/ });
    expect((await cancel.getAttribute("aria-label"))?.length).toBeLessThan(140);
    shared.site.release();
    await editor.compare.waitFor();
    expect((await editor.version(2).getAttribute("aria-label"))?.length).toBeLessThan(180);
    const prompt = page.locator(".version-prompt");
    expect((await prompt.boundingBox())?.height).toBeLessThan(200);
    await prompt.locator("summary").click();
    await prompt.getByText(long.trim(), { exact: true }).waitFor();
    expect(shared.site.mock.requests[0]?.parts.find(({ name }) => name === "prompt")?.value).toBe(long);
    await editor.button("Undo the edit").click();
    await editor.button("Redo the edit").click();
    expect((await editor.said.textContent())?.length).toBeLessThan(500);
    shared.site.scenario = "moderation";
    await editor.run.click();
    await editor.note.waitFor();
    expect((await editor.note.boundingBox())?.height).toBeLessThan(500);
  });
});

describe("a browser that refuses", () => {
  it("to store anything for the page still opens the images of the command line", async () => {
    const { page } = editor;
    await page.addInitScript(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException("There is no space left.", "QuotaExceededError");
      };
      indexedDB.open = () => {
        throw new DOMException("There is no space left.", "QuotaExceededError");
      };
    });
    const session = { start: "a", mock: false, host: "images.example", priceKnown: true };
    const initialImages = [{ name: "photo.png", url: "/sample.png" }];
    await page.route("**/api/session", (route) => route.fulfill({ json: { ...session, initialImages } }));
    await page.reload();
    await editor.version(1).waitFor();
    await page.getByText("new versions do not survive a reload. Download what you want to keep.").waitFor();
    await editor.askFor("anything");
    await editor.run.click();
    await editor.version(2).waitFor();
  });

  it("to read an image that it has stored names it, and saves the others", async () => {
    const { page } = editor;
    await editor.editSample();
    await editor.version(2).waitFor();
    await page.evaluate(() => {
      const { arrayBuffer } = Blob.prototype;
      let images = 0;
      Blob.prototype.arrayBuffer = function () {
        if (this.type.startsWith("image/")) images += 1;
        return images === 1
          ? Promise.reject(new DOMException("gone", "NotReadableError"))
          : arrayBuffer.call(this);
      };
    });
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      editor.button("Download all versions").click(),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    const archive = Buffer.concat(chunks);
    expect(archive.readUInt16LE(archive.length - 12)).toBe(2); // the list, and the other image
    await page.getByRole("alert").getByText("could not read version-1.png").waitFor();
  });

  it("to make a file of the markup has its button work again, and nothing was sent", async () => {
    const { page } = editor;
    await editor.openSample();
    await editor.button("Markup").click();
    await page.getByRole("button", { name: /^Use / }).click();
    await editor.drag([0.2, 0.8], [0.4, 0.6]);
    await page.getByText("The markup is sent with the image").waitFor();
    await editor.askFor("follow the arrow");
    await page.evaluate(() => {
      const { toBlob } = HTMLCanvasElement.prototype;
      Object.assign(globalThis, { toBlob });
      HTMLCanvasElement.prototype.toBlob = (callback) => callback(null);
    });
    await editor.run.click();
    await page
      .getByText("This browser could not make a file of the markup. Nothing was sent")
      .first()
      .waitFor();
    expect(shared.site.mock.requests).toEqual([]);
    await page.evaluate(() => {
      HTMLCanvasElement.prototype.toBlob = (globalThis as never as HTMLCanvasElement).toBlob;
    });
    await editor.run.click();
    await editor.version(2).waitFor();
    expect(shared.site.mock.requests).toHaveLength(1);
  });
});

describe("images", () => {
  it("more than a model takes are all there, and nothing is sent until there are fewer", async () => {
    const { page } = editor;
    const images = await Promise.all(
      Array.from({ length: mostImages + 2 }, async (_, index) => ({
        name: `${index}.png`,
        mimeType: "image/png",
        buffer: await sharp({
          create: { width: 16, height: 16, channels: 3, background: { r: index, g: 0, b: 0 } },
        })
          .png()
          .toBuffer(),
      })),
    );
    await page.locator("input[type=file]").first().setInputFiles(images);
    await editor.version(mostImages + 2).waitFor();
    await editor.askFor("together");
    await page.getByText(`image has ${mostImages + 2} images. Give at most ${mostImages}.`).waitFor();
    await editor.run.click({ force: true });
    expect(shared.site.mock.requests).toEqual([]);
    for (const number of [mostImages + 2, mostImages + 1])
      await editor.button(`Remove image ${number} from the edit`).click();
    await page.getByText("Ready. Nothing is sent").waitFor();
    await editor.run.click();
    await editor.version(mostImages + 3).waitFor();
    const sent = shared.site.mock.requests[0]?.parts.filter(({ name }) => name.startsWith("image")) ?? [];
    expect(sent).toHaveLength(mostImages);
  });
});
