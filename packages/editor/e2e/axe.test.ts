import { describe, it } from "vitest";
import { exampleModel } from "../../react-hooks/src/generated/example-model.gen.ts";
import { desktop, type EditorPage, phone } from "./editor-page.ts";
import { longestPrompt, strictModel } from "./models.ts";
import { shareSite } from "./share-site.ts";

const shared = shareSite();
let editor: EditorPage;

/** All rules in light, and in dark those that depend on colors. */
async function expectAccessible(): Promise<void> {
  await editor.expectAccessible();
  await editor.page.emulateMedia({ colorScheme: "dark" });
  await editor.expectAccessible(["color-contrast"]);
  await editor.page.emulateMedia({ colorScheme: "light" });
}

describe.each([
  ["a desktop", desktop],
  ["a phone", phone],
])("axe on %s", (_, options) => {
  it("finds nothing in any state, light and dark", async () => {
    editor = await shared.openEditor(options);
    const { page } = editor;
    await expectAccessible();

    await editor.openSample();
    await editor.button("Markup").click();
    await editor.drag([0.2, 0.6], [0.4, 0.5]);
    await page.getByText("takes no markup").waitFor();
    await editor.expectAccessible();
    await editor.button("Clear the markup").click();
    await editor.button("Mask").click();
    await editor.drag([0.4, 0.4], [0.6, 0.5]);
    await page.getByText(/everything outside the marked/).waitFor();
    await page.getByText("Model and options").click();
    await editor.choice("Model").selectOption(strictModel);
    await editor.askFor("x".repeat(longestPrompt + 1));
    await page.locator("#prompt-problems li").waitFor();
    await expectAccessible();

    await editor.choice("Model").selectOption(exampleModel);
    await editor.askFor("a glowing neon balloon");
    await page.locator("#prompt-problems li").waitFor({ state: "detached" });
    shared.site.hold();
    await editor.run.click();
    await page.getByText("The model is at work").waitFor();
    await editor.askFor("another one");
    await editor.button("Add to the queue").click();
    await page.getByText("Waits for the edit before it").waitFor();
    await expectAccessible();

    await editor.button("Cancel: another one").click();
    shared.site.scenario = "html-524";
    shared.site.release();
    await editor.compare.waitFor();
    await editor.askFor("one that fails");
    await editor.run.click();
    await page.getByRole("alert").waitFor();
    await editor.button("Same mask, new prompt").click();
    await page.getByText("The same edit as a command and as code").click();
    await expectAccessible();

    await editor.context.setOffline(true);
    await page.getByText("You are offline. Nothing").waitFor();
    await editor.expectAccessible();
    await editor.context.setOffline(false);
  });
});
