import { beforeEach, describe, expect, it, vi } from "vitest";
import type { EditorPage } from "./editor-page.ts";
import { shareSite } from "./share-site.ts";

const shared = shareSite();
let editor: EditorPage;

beforeEach(async () => {
  editor = await shared.openEditor();
});

const noteText = async () => (await editor.note.locator("h2, p").allTextContents()).join("\n");

describe("an edit without a result", () => {
  it("each way to fail has its own words, what may be billed, and what to do", async () => {
    await editor.editSample();
    await editor.compare.waitFor();
    const cases = [
      ["unauthorized", /The key was refused[\s\S]*Check the key[\s\S]*Nothing was billed/],
      ["moderation", /The safety system refused this edit[\s\S]*Change the prompt[\s\S]*Nothing was billed/],
      ["quota", /no credit left[\s\S]*Add credit[\s\S]*Nothing was billed/],
      ["rate-limited", /Too many edits\n“[^”]+\.” The server asks you to slow down[\s\S]*Nothing was billed/],
      ["model-not-found", /does not know this model[\s\S]*Choose another model[\s\S]*Nothing was billed/],
      ["server-error", /The image server had a problem[\s\S]*may have been billed/],
      ["html-524", /The gateway gave up waiting[\s\S]*100 seconds[\s\S]*may have been billed/],
      ["reset", /The connection to the image server broke[\s\S]*still here[\s\S]*may have been billed/],
      ["empty", /could not be used[\s\S]*may have been billed/],
    ] as const;
    for (const [index, [scenario, words]] of cases.entries()) {
      shared.site.scenario = scenario;
      await editor.askFor(`edit ${index}`);
      await editor.run.click();
      await editor.note.waitFor();
      const text = await noteText();
      expect(text, scenario).toMatch(words);
      expect(text, scenario).not.toMatch(/<|upstream /i);
      expect(text, scenario).toContain(`Its prompt: edit ${index}`);
      await editor.button("Put away").click();
      await editor.note.waitFor({ state: "detached" });
    }
    await editor.page.getByText(/\d may have been billed/).waitFor();
  });

  it("images that are too large for the server have their own words", async () => {
    await editor.page.route("**/api/image-edit", (route) =>
      route.fulfill({ status: 413, contentType: "text/html", body: "<h1>413 Request Entity Too Large</h1>" }),
    );
    await editor.editSample();
    await editor.note.waitFor();
    expect(await noteText()).toMatch(/too large for the server\nMark a smaller area/);
  });

  it("a gateway before the image server that says nothing is not quoted", async () => {
    const error = { code: "upstream_413", message: "Upstream answered 413. Nothing was billed." };
    await editor.page.route("**/api/image-edit", (route) =>
      route.fulfill({ status: 413, contentType: "application/json", body: JSON.stringify({ error }) }),
    );
    await editor.editSample();
    await editor.note.waitFor();
    expect(await noteText()).toMatch(/too large for the server\nMark a smaller area/);
  });

  it("after a reload a note says the same, and one that was put away stays away", async () => {
    shared.site.scenario = "moderation";
    await editor.editSample();
    await editor.note.waitFor();
    const text = await noteText();
    await editor.page.reload();
    await editor.note.waitFor();
    expect(await noteText()).toBe(text);
    await editor.button("Put away").click();
    await editor.page.reload();
    await editor.version(1).waitFor();
    expect(await editor.note.count()).toBe(0);
  });

  it("cancel aborts the request up to the server, and the edit may be billed", async () => {
    shared.site.scenario = "hang";
    await editor.editSample();
    await shared.arrived();
    await editor.button("Cancel: anything").click();
    await vi.waitFor(
      () => expect(shared.site.mock.requests[0]).toMatchObject({ aborted: true, done: true }),
      60_000,
    );
    await editor.note.waitFor();
    expect(shared.site.mock.requests).toHaveLength(1);
    expect(await noteText()).toMatch(/Canceled[\s\S]*may have been billed/);
    expect(await editor.focused()).not.toBe("body");
    shared.site.scenario = "ok";
    await editor.button("Send it again (may be billed twice)").click();
    await editor.compare.waitFor();
    expect(await editor.note.count()).toBe(0);
    expect(await editor.focused()).not.toBe("body");
  });

  it("offline nothing can be sent, and the page continues when it is online again", async () => {
    await editor.openSample();
    await editor.askFor("anything");
    await editor.context.setOffline(true);
    await editor.page.getByText("You are offline. Nothing can be sent, and nothing is lost").waitFor();
    expect(await editor.run.getAttribute("aria-disabled")).toBe("true");
    await editor.run.click({ force: true });
    await editor.said.getByText("You are offline").waitFor();
    await editor.context.setOffline(false);
    await editor.run.click();
    await editor.compare.waitFor();
    expect(shared.site.mock.requests).toHaveLength(1);
  });

  it("a connection that is lost during an edit is reported as possibly billed", async () => {
    shared.site.scenario = "hang";
    await editor.editSample();
    await shared.arrived();
    // The connection is lost on the side of the browser, as when a phone loses its network.
    await editor.context.setOffline(true);
    shared.site.cutConnections(true);
    await editor.page.getByText("The connection was lost").waitFor();
    expect(await noteText()).toMatch(/may have been billed/);
    await editor.context.setOffline(false);
    shared.site.cutConnections(false);
  });
});

describe("the queue", () => {
  it("a second edit waits for the first, edits its result, and one of them can be canceled", async () => {
    const { page } = editor;
    shared.site.hold();
    await editor.editSample("first");
    await shared.arrived();
    await page.getByText("This edit is on its way. Change it to queue another one.").waitFor();
    await editor.run.click({ force: true });
    for (const prompt of ["second", "third"]) {
      await editor.askFor(prompt);
      await editor.button("Add to the queue").click();
      await page.getByRole("button", { name: `Cancel: ${prompt}` }).waitFor();
    }
    expect(await page.getByText("Waits for the edit before it. Nothing of it is sent yet.").count()).toBe(2);
    await editor.button("Cancel: second").click();
    await page.getByText("The edit was canceled before it was sent.").waitFor();
    expect(await noteText()).toMatch(/Nothing was sent, so nothing was billed/);
    shared.site.release();
    await page.getByRole("button", { name: "Version 3: third, made from version 2" }).waitFor();
    expect(shared.site.mock.requests).toHaveLength(2);
  });

  it("keys that are held or pressed again send an edit that is made again once", async () => {
    const { page } = editor;
    await editor.editSample("first");
    await editor.version(2).waitFor();
    await editor.button("Same image, new prompt").click();
    await editor.askFor("second");
    shared.site.hold();
    await editor.prompt.focus();
    await page.keyboard.down("Control");
    await page.keyboard.down("Enter");
    await page.getByText("This edit is on its way.").waitFor();
    await page.keyboard.down("Enter"); // the key repeats
    await page.keyboard.up("Enter");
    await editor.press("Enter");
    await page.keyboard.up("Control");
    await editor.run.press("Enter");
    expect(await page.getByRole("button", { name: /^Cancel/ }).count()).toBe(1);
    shared.site.release();
    await editor.version(3).waitFor();
    expect(shared.site.mock.requests).toHaveLength(2);
  });
});
