import { memoryJobStore } from "@retouch/client/server";
import { beforeEach, describe, expect, it } from "vitest";
import type { EditorPage } from "./editor-page.ts";
import { shareSite } from "./share-site.ts";

const shared = shareSite({ jobs: { store: memoryJobStore(), owner: () => "visitor" } });
let editor: EditorPage;

beforeEach(async () => {
  editor = await shared.openEditor();
});

async function reload(): Promise<void> {
  await editor.page.reload();
  await editor.version(1).waitFor();
}

describe("a reload", () => {
  it("keeps what was typed, chosen, painted and drawn, and nothing of it is sent before the button is pressed", async () => {
    const { page } = editor;
    await editor.openSample();
    await editor.drag([0.3, 0.3], [0.5, 0.4]);
    await editor.button("Lasso").click();
    await editor.drag([0.6, 0.6], [0.8, 0.6], [0.8, 0.8], [0.6, 0.8]);
    await editor.button("Markup").click();
    await editor.drag([0.2, 0.8], [0.4, 0.6]);
    await editor.button("Mask").click();
    const scope = page.getByText(/everything outside the marked \d+ % back.*The markup stays here/s);
    const marked = await scope.textContent();
    await editor.askFor("a red door");
    await page.getByText("Model and options").click();
    await editor.choice("Quality").selectOption("low");
    await reload();
    await scope.waitFor();
    expect(await scope.textContent()).toBe(marked);
    expect(await editor.prompt.inputValue()).toBe("a red door");
    await page.getByText("Model and options").click();
    expect(await editor.choice("Quality").inputValue()).toBe("low");
    await editor.button("Undo the mask").click();
    await page.getByText(/everything outside the marked \d+ % back/).waitFor();
    expect(shared.site.mock.requests).toEqual([]);
    await editor.run.click();
    await editor.version(2).waitFor();
    const sent = new Map(shared.site.mock.requests[0]?.parts.map(({ name, value }) => [name, value]));
    expect([sent.get("prompt"), sent.get("quality"), sent.has("mask")]).toEqual(["a red door", "low", true]);
  });

  it("does not offer an edit that is on its way a second time, and keeps the next one", async () => {
    const { page } = editor;
    page.on("dialog", (dialog) => dialog.accept());
    await editor.openSample();
    await editor.askFor("first");
    shared.site.hold();
    await editor.run.click();
    await shared.arrived();
    await page.getByText("This edit is on its way.").waitFor();
    await reload();
    await page.getByText("The model is at work").waitFor();
    expect(await editor.prompt.inputValue()).toBe("");
    await editor.askFor("second");
    await editor.drag([0.3, 0.3], [0.5, 0.4]);
    await page.getByText(/everything outside the marked/).waitFor();
    await reload();
    expect(await editor.prompt.inputValue()).toBe("second");
    await page.getByText(/everything outside the marked/).waitFor();
    shared.site.release();
    await editor.version(2).waitFor();
    await page.getByText(/everything outside the marked/).waitFor();
    expect(shared.site.mock.requests).toHaveLength(1);
  });
});
