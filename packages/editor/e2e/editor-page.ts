import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright";
import { expect } from "vitest";

/** The sizes that the page is made for. */
export const desktop: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };
export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
};

/** The page of the editor, used as a visitor does: by names, pointer and keys. */
export class EditorPage {
  readonly page: Page;
  readonly context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.setDefaultTimeout(90_000);
  }

  static async open(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = desktop,
  ): Promise<EditorPage> {
    const context = await browser.newContext({ reducedMotion: "reduce", ...options });
    const editor = new EditorPage(context, await context.newPage());
    await editor.page.goto(url);
    await editor.prompt.waitFor();
    return editor;
  }

  close(): Promise<void> {
    return this.context.close();
  }

  readonly button = (name: string): Locator => this.page.getByRole("button", { name, exact: true });

  choice(name: string): Locator {
    return this.page.getByRole("combobox", { name, exact: true });
  }

  get run(): Locator {
    return this.button("Edit the image");
  }

  get prompt(): Locator {
    return this.page.getByLabel("What should change?");
  }

  get canvas(): Locator {
    return this.page.locator("canvas");
  }

  get compare(): Locator {
    return this.page.getByLabel("Compare before and after");
  }

  get note(): Locator {
    return this.page.locator(".note");
  }

  version(number: number): Locator {
    return this.page.getByRole("button", { name: new RegExp(`^Version ${number}:`) });
  }

  async openSample(): Promise<void> {
    await this.button("Try the sample").click();
    await this.canvas.waitFor();
  }

  async askFor(prompt: string): Promise<void> {
    await this.prompt.fill(prompt);
  }

  /** Opens the sample and sends an edit of it. */
  async editSample(prompt = "anything"): Promise<void> {
    await this.openSample();
    await this.askFor(prompt);
    await this.run.click();
  }

  /** Draws a stroke with the selected tool, at positions from 0 to 1: real pointer events. */
  async drag(...positions: readonly (readonly [x: number, y: number])[]): Promise<void> {
    const frame = await this.canvas.boundingBox();
    if (frame === null) throw new Error("The canvas is not visible.");
    for (const [index, [x, y]] of positions.entries()) {
      await this.page.mouse.move(frame.x + frame.width * x, frame.y + frame.height * y, { steps: 2 });
      if (index === 0) await this.page.mouse.down();
    }
    await this.page.mouse.up();
  }

  /** Presses Tab until an element has the focus. */
  async tabTo(target: Locator): Promise<void> {
    for (let count = 0; count < 60; count += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await this.page.keyboard.press("Tab");
    }
    throw new Error("The element cannot be reached with Tab.");
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** The name of the focused element: `body` if nothing has the focus. */
  focused(): Promise<string> {
    return this.page.evaluate(() => {
      const { activeElement: element } = document;
      if (element === null || element === document.body) return "body";
      return element.getAttribute("aria-label") ?? element.textContent ?? element.tagName;
    });
  }

  /** What a screen reader heard last. */
  get said(): Locator {
    return this.page.locator(".visually-hidden[role=status]");
  }

  /** Runs axe: all rules, or only those given. */
  async expectAccessible(rules?: readonly string[]): Promise<void> {
    const builder = new AxeBuilder({ page: this.page });
    const { violations, passes } = await (rules === undefined
      ? builder
      : builder.withRules([...rules])
    ).analyze();
    expect(
      violations.map(({ id, nodes }) => [id, nodes.map(({ html, any }) => [html, any[0]?.message])]),
    ).toEqual([]);
    expect(passes.length).toBeGreaterThan(0); // axe has seen a page
  }
}
