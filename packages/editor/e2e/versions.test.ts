import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { memoryJobStore } from "@retouch/client/server";
import sharp from "sharp";
import { beforeEach, describe, expect, it } from "vitest";
import { exampleModel } from "../../react-hooks/src/generated/example-model.gen.ts";
import type { EditorSession } from "../server/session.ts";
import type { EditorPage } from "./editor-page.ts";
import { shareSite } from "./share-site.ts";

const sample = await readFile(fileURLToPath(new URL("../public/sample.png", import.meta.url)));
const small = await sharp({ create: { width: 64, height: 48, channels: 3, background: "teal" } })
  .png()
  .toBuffer();

const session: EditorSession = {
  start: "first",
  mock: false,
  host: "images.example",
  model: exampleModel,
  priceKnown: false,
  initialImages: [{ name: "photo.png", url: "/sample.png" }],
};

const shared = shareSite({ jobs: { store: memoryJobStore(), owner: () => "visitor" }, session });
let editor: EditorPage;

beforeEach(async () => {
  editor = await shared.openEditor();
  await editor.canvas.waitFor(); // the image of the command line
});

const files = (...images: readonly (readonly [string, Buffer])[]) =>
  images.map(([name, buffer]) => ({ name, mimeType: "image/png", buffer }));
const respondWith = async (changed: EditorSession) => {
  await editor.page.unroute("**/api/session");
  await editor.page.route("**/api/session", (route) => route.fulfill({ json: changed }));
};
const versions = () => editor.page.locator(".thumb").count();
const sentParts = (index: number) => shared.site.mock.requests[index]?.parts.map(({ name }) => name) ?? [];

async function editOnce(prompt: string, version: number): Promise<void> {
  await editor.askFor(prompt);
  await editor.run.click();
  await editor.version(version).waitFor();
  await editor.run.waitFor();
}

describe("the session", () => {
  it("a reload in the middle of an edit asks first, and then collects the image: upstream sees one POST", async () => {
    const { page } = editor;
    await page.getByText("images.example", { exact: true }).waitFor();
    await editor.askFor("make it night");
    shared.site.hold();
    await editor.run.click();
    await shared.arrived();
    await page.getByText("The model is at work").waitFor();
    const asked: string[] = [];
    page.on("dialog", (dialog) => {
      asked.push(dialog.type());
      void dialog.accept();
    });
    await page.reload();
    await page.getByText("The model is at work").waitFor();
    shared.site.release();
    await page.getByRole("button", { name: "Version 2: make it night, made from version 1" }).waitFor();
    expect(asked).toEqual(["beforeunload"]);
    expect(shared.site.mock.requests).toHaveLength(1);
    await page.reload();
    await editor.version(2).waitFor();
    expect(await versions()).toBe(2); // the image of the command line is not opened twice
    expect(asked).toHaveLength(1);
    const tab = await editor.context.newPage();
    await tab.goto(shared.site.url);
    await tab.getByRole("button", { name: /^Version 2:/ }).waitFor();
    expect(await tab.locator(".thumb").count()).toBe(2);
    await tab.close();
    await respondWith({ ...session, start: "second" });
    await page.reload();
    await editor.version(3).waitFor();
  });

  it("a name that is not known is chosen first, and has the choices and prices of the model it is like", async () => {
    const { page } = editor;
    await respondWith({ ...session, start: "second", model: "my-deployment", limitsLike: exampleModel });
    await page.reload();
    await page.getByText(`Estimated from the published prices of ${exampleModel}.`).waitFor();
    await page.getByText(/^at most \$/).waitFor();
    await page.getByText("Model and options").click();
    expect(await editor.choice("Model").inputValue()).toBe("my-deployment");
    const sizes = await editor.choice("Size").locator("option").allTextContents();
    await editor.choice("Model").selectOption(exampleModel);
    expect(sizes).toEqual(await editor.choice("Size").locator("option").allTextContents());
    await editor.choice("Model").selectOption("my-deployment");
    await editor.choice("Size").selectOption("1024x1536");
    await editor.askFor("anything");
    await page.getByText("Ready. Nothing is sent").waitFor();
    // Preflight knows them too: it does not warn of a size that only an unknown model would have to be asked about.
    await expect.poll(() => page.locator("#size-problems li").count()).toBe(0);
  });

  it("a server that is lost while an edit runs is reported, and what a queued edit does", async () => {
    const { page } = editor;
    const long = `first, ${"and then a description that goes on ".repeat(4)}`;
    await editor.askFor(long);
    shared.site.hold();
    await editor.run.click();
    await page.getByText("The model is at work").waitFor();
    const [cancel, panel] = await Promise.all(
      [page.getByRole("button", { name: /^Cancel: first/ }), page.locator(".panel")].map((one) =>
        one.boundingBox(),
      ),
    );
    expect((cancel?.x ?? Infinity) + (cancel?.width ?? 0)).toBeLessThan(
      (panel?.x ?? 0) + (panel?.width ?? 0),
    );
    await editor.button("Rectangle").click();
    await editor.drag([0.3, 0.3], [0.7, 0.7]);
    await editor.askFor("second");
    await page.getByText("This mask would not fit then, and nothing would be sent.").waitFor();
    const tray = page.locator(".tray input[type=file]");
    await tray.setInputFiles(files(["logo.png", small]));
    await page.getByRole("button", { name: "Remove image 2 from the edit" }).waitFor();
    await page.route("**/api/session", (route) => route.abort());
    await page.getByText("The server of this page cannot be reached.").waitFor();
    await page.getByText("This edit was sent, and may have been billed.").waitFor();
    expect(await page.getByText("The model is at work").count()).toBe(0);
    await page.unroute("**/api/session");
    await page.route("**/api/session", (route) => route.fulfill({ status: 403 }));
    await page.getByText("The server of this page was started again.").waitFor();
    await page.unroute("**/api/session");
    await page.getByText("The server of this page").waitFor({ state: "detached" });
    await page.getByText("The model is at work").waitFor();
    await page.context().setOffline(true);
    await page.getByText("You are offline, so its progress is not known.").waitFor();
    await page.context().setOffline(false);
    shared.site.release();
    await page.getByRole("button", { name: /^Version \d: first/ }).waitFor();
  });
});

describe("images", () => {
  it("several inputs are a tray: the first is edited, and the others are sent after it", async () => {
    const { page } = editor;
    await page
      .locator("input[type=file][multiple]")
      .first()
      .setInputFiles(files(["a.png", sample], ["b.png", small]));
    await page.getByRole("button", { name: "Edit image 2 instead" }).waitFor();
    await page.locator(".tray input[type=file]").setInputFiles(files(["c.png", small]));
    await page.getByRole("button", { name: "Edit image 3 instead" }).waitFor();
    await page.getByRole("button", { name: "Remove image 3 from the edit" }).click();
    await editOnce("together", 5);
    const images = shared.site.mock.requests[0]?.parts.filter(({ name }) => name.startsWith("image")) ?? [];
    expect(images).toHaveLength(2);
    expect(Buffer.from(images[0]?.bytes ?? []).equals(sample)).toBe(true);
    await page.getByRole("button", { name: "Version 5: together, made from version 2" }).waitFor();
    await page.getByText("The same edit as a command and as code").click();
    expect(await page.getByRole("textbox", { name: "Command" }).inputValue()).toContain(
      "retouch edit version-2.png version-3.png -m ",
    );
    expect(await page.getByRole("textbox", { name: "TypeScript" }).inputValue()).toContain(
      'image: ["version-2.png", "version-3.png"],',
    );
  });

  it("a queued edit with references edits the result before it, and a reload keeps the references", async () => {
    const { page } = editor;
    await page.locator(".tray input[type=file]").setInputFiles(files(["logo.png", small]));
    await page.getByRole("button", { name: "Remove image 2 from the edit" }).waitFor();
    await editor.askFor("first");
    shared.site.hold();
    await editor.run.click();
    await shared.arrived();
    await editor.askFor("second");
    await editor.button("Add to the queue").click();
    await editor.button("Cancel: second").waitFor();
    shared.site.release();
    await page.getByRole("button", { name: "Version 4: second, made from version 3" }).waitFor();
    const images = (index: number) =>
      shared.site.mock.requests[index]?.parts
        .filter(({ name }) => name.startsWith("image"))
        .map(({ bytes }) => Buffer.from(bytes ?? [])) ?? [];
    expect(images(0).map((bytes) => [sample, small].findIndex((one) => one.equals(bytes)))).toEqual([0, 1]);
    expect(images(1).map((bytes) => [sample, small].findIndex((one) => one.equals(bytes)))).toEqual([-1, 1]);
    await page.reload();
    await editor.version(4).waitFor();
    await page.getByRole("button", { name: "Remove image 2 from the edit" }).click();
    await editor.said.getByText("Image 2 is not sent.").waitFor();
    await page.reload();
    await editor.version(4).waitFor();
    await page.getByText("Edited", { exact: true }).waitFor();
    expect(await page.getByRole("button", { name: /from the edit$/ }).count()).toBe(0);
  });

  it("images are dropped and pasted, and one that cannot be shown is named and not opened", async () => {
    const { page } = editor;
    const give = (type: "drop" | "paste", name: string, buffer: Buffer) =>
      page.evaluate(
        ([kind, fileName, base64]) => {
          const data = new DataTransfer();
          const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
          data.items.add(new File([bytes], fileName, { type: "image/png" }));
          const target = document.querySelector(".app") ?? document.body;
          const event =
            kind === "drop"
              ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
              : new ClipboardEvent("paste", { clipboardData: data, bubbles: true });
          target.dispatchEvent(event);
        },
        [type, name, buffer.toString("base64")] as const,
      );
    await give("drop", "small.png", small);
    await editor.version(2).waitFor();
    await give("paste", "small.png", small);
    await editor.version(3).waitFor();
    await give("drop", "holiday.heic", Buffer.from("not an image"));
    await page.getByRole("alert").getByText("holiday.heic cannot be shown here").waitFor();
    expect(await versions()).toBe(3);
    expect(await page.locator("input[capture]").first().getAttribute("capture")).toBe("environment");
  });
});

describe("versions", () => {
  it("editing an older version starts a branch of its own, and undo follows the branch", async () => {
    const { page } = editor;
    await editOnce("first", 2);
    await editOnce("second", 3);
    await editor.button("Undo the edit").click();
    await editOnce("branch", 4);
    await page.getByRole("button", { name: "Version 4: branch, made from version 2" }).waitFor();
    const rows = await page.locator(".node").evaluateAll((nodes) =>
      nodes.map((node) => {
        const { gridColumn, gridRow } = (node as HTMLElement).style;
        return `${Number.parseInt(gridColumn, 10)}/${Number.parseInt(gridRow, 10)}`;
      }),
    );
    expect(rows).toEqual(["1/1", "2/1", "3/1", "3/2"]);
    await editor.button("Undo the edit").click();
    expect(await editor.version(2).getAttribute("aria-current")).toBe("step");
    await editor.button("Redo the edit").click();
    expect(await editor.version(4).getAttribute("aria-current")).toBe("step");
  });

  it("the same mask is sent with a new prompt, from the same image", async () => {
    const { page } = editor;
    await editor.button("Rectangle").click();
    await editor.drag([0.3, 0.3], [0.7, 0.7]);
    await editOnce("a red door", 2);
    await page.getByRole("img", { name: "The mask: the marked area is bright" }).waitFor();
    await editor.button("Same mask, new prompt").click();
    await page.getByText("and the same mask as “a red door”").waitFor();
    await editOnce("a blue door", 3);
    await page.getByRole("button", { name: "Version 3: a blue door, made from version 1" }).waitFor();
    const maskOf = (index: number) =>
      Buffer.from(shared.site.mock.requests[index]?.parts.find(({ name }) => name === "mask")?.bytes ?? []);
    expect(maskOf(0).length).toBeGreaterThan(0);
    expect(maskOf(1).equals(maskOf(0))).toBe(true);
    expect(sentParts(1)).toEqual(sentParts(0));
  });

  it("all versions are saved in one archive, and a version as the command that makes it again", async () => {
    const { page } = editor;
    await editOnce("it's night", 2);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      editor.button("Download all versions").click(),
    ]);
    expect(download.suggestedFilename()).toBe("retouched.zip");
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    const archive = Buffer.concat(chunks);
    for (const name of ["versions.json", "version-1.png", "version-2.png", '"prompt": "it\'s night"'])
      expect(archive.includes(name)).toBe(true);
    expect(archive.includes(sample)).toBe(true);

    await page.getByText("The same edit as a command and as code").click();
    expect(await page.getByRole("textbox", { name: "Command" }).inputValue()).toBe(
      `retouch edit version-1.png -m ${exampleModel} -p 'it'\\''s night' --base-url https://images.example --size auto --quality auto --stream --partial-images 2`,
    );
    await page.getByRole("button", { name: "Copy: Command" }).click();
    await editor.said.getByText("Command: ").waitFor();
  });
});
