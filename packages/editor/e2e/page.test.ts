import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { beforeEach, describe, expect, it } from "vitest";
import type { EditorPage } from "./editor-page.ts";
import { endingModel, longestPrompt, strictModel, strictSizes } from "./models.ts";
import { shareSite } from "./share-site.ts";
import { secretKey } from "./start-site.ts";

const samplePath = fileURLToPath(new URL("../public/sample.png", import.meta.url));

const shared = shareSite();
let editor: EditorPage;

beforeEach(async () => {
  editor = await shared.openEditor();
});

describe("an edit", () => {
  it("the marked area is edited, previews move nothing, and the result is exact outside", async () => {
    const { page } = editor;
    await editor.openSample();
    await editor.button("Lasso").click();
    await editor.drag([0.5, 0.2], [0.8, 0.2], [0.8, 0.4], [0.5, 0.4]);
    await editor.askFor("a glowing neon balloon");
    await page.getByText(/everything outside the marked 6 % back/).waitFor();
    const positions = () =>
      page.evaluate(() =>
        [".frame", ".versions", ".run", ".prompt textarea"].map((name) =>
          JSON.stringify(document.querySelector(name)?.getBoundingClientRect()),
        ),
      );
    const before = await positions();
    shared.site.hold();
    await editor.run.click();
    await page.getByText("The model is at work").waitFor();
    expect(await positions()).toEqual(before);
    shared.site.release();
    await editor.compare.waitFor();
    const after = await positions();
    expect([after[0], after[2]]).toEqual([before[0], before[2]]);

    const [request] = shared.site.mock.requests;
    expect(shared.site.mock.requests).toHaveLength(1);
    const sent = (name: string) =>
      Buffer.from(request?.parts.find((part) => part.name === name)?.bytes ?? []);
    const field = (name: string) => request?.parts.find((part) => part.name === name)?.value;
    expect([field("prompt"), field("quality"), field("n")]).toEqual([
      "a glowing neon balloon",
      "auto",
      undefined,
    ]);
    const [mask, image] = await Promise.all([
      sharp(sent("mask")).metadata(),
      sharp(sent("image")).metadata(),
    ]);
    expect([mask.width, mask.height]).toEqual([image.width, image.height]);

    const [original, edited] = await Promise.all([raw(samplePath), raw(await downloaded())]);
    const changed = { inside: 0, outside: 0 };
    for (let pixel = 0; pixel < 1024 * 1024; pixel += 1) {
      const at = 3 * pixel;
      if (original.subarray(at, at + 3).equals(edited.subarray(at, at + 3))) continue;
      const [x, y] = [(pixel % 1024) / 1024, Math.floor(pixel / 1024) / 1024];
      const isInside = x > 0.495 && x < 0.805 && y > 0.195 && y < 0.405;
      changed[isInside ? "inside" : "outside"] += 1;
    }
    expect(changed.outside).toBe(0);
    expect(changed.inside).toBeGreaterThan(0.03 * 1024 * 1024);
  });

  it("an edit without a mask downloads exactly what the server made", async () => {
    await editor.editSample("a watercolor");
    await editor.compare.waitFor();
    const bytes = await downloaded();
    const completed =
      (shared.site.responses[0] ?? "").match(/"type":"image_edit\.completed"[^\n]*/)?.[0] ?? "";
    expect(completed.includes(bytes.toString("base64"))).toBe(true);
  });

  it("a check that ends between press and release of the button loses no click", async () => {
    const { page } = editor;
    let check = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      check = resolve;
    });
    // The code of preflight is still on its way, for the empty prompt, when the button is pressed.
    await page.route(/prepare-edit/, async (route) => {
      await held;
      await route.continue();
    });
    const loading = page.waitForRequest(/prepare-edit/);
    await page.getByText("Model and options").click();
    await editor.choice("Model").selectOption(endingModel); // its notice shows that a check has ended
    await editor.openSample();
    await loading;
    await editor.askFor("a watercolor");
    await editor.run.hover();
    await page.mouse.down();
    check();
    await page.locator(".problems .warning").first().waitFor();
    await page.mouse.up();
    await editor.compare.waitFor();
    expect(shared.site.mock.requests).toHaveLength(1);
  });

  it("a double click sends one POST, and no byte of the key reaches the page", async () => {
    const received: Promise<Buffer>[] = [];
    const { page } = editor;
    page.on("response", (response) => {
      const head = Buffer.from(JSON.stringify(response.headers()));
      received.push(
        response.body().then(
          (body) => Buffer.concat([head, body]),
          () => head, // the body is lost after a navigation or a cut
        ),
      );
    });
    await page.reload();
    await editor.openSample();
    await editor.askFor("a wooden house");
    await editor.run.dblclick();
    await editor.compare.waitFor();
    shared.site.scenario = "unauthorized";
    await editor.askFor("an edit with a refused key");
    await editor.run.click();
    await page.getByRole("alert").waitFor();
    expect(shared.site.mock.requests.map(({ status }) => status)).toEqual([200, 401]);
    expect(shared.site.mock.requests[0]?.headers["authorization"]).toBe(`Bearer ${secretKey}`);
    await page.getByText("The same edit as a command and as code").click();
    const bytes = Buffer.concat(await Promise.all(received));
    expect(bytes.length).toBeGreaterThan(100_000);
    expect(bytes.includes(secretKey)).toBe(false);
    expect(bytes.includes(secretKey.slice(3, 20))).toBe(false);
    expect(await page.content()).not.toContain(secretKey);
  });
});

describe("preflight", () => {
  it("what a model would refuse is shown before anything is sent", async () => {
    const { page } = editor;
    await editor.openSample();
    await page.getByText("Model and options").click();
    await editor.choice("Model").selectOption(strictModel);
    await editor.askFor("x".repeat(longestPrompt + 1));
    await page.locator("#prompt-problems").getByText(String(longestPrompt)).waitFor();
    await page.getByText("Fix the problem shown here first").waitFor();
    await editor.run.click({ force: true });
    await editor.askFor("short enough");
    await page.locator("#prompt-problems li").waitFor({ state: "detached" });
    expect(await editor.choice("Size").locator("option").allTextContents()).toEqual(
      strictSizes?.map((size) => `\u2066${size}\u2069`),
    );
    expect(shared.site.mock.requests).toHaveLength(0);
  });

  it("what is painted is checked a second after the last input, and not between two strokes", async () => {
    const { page } = editor;
    await editor.openSample();
    await page.getByText("Model and options").click();
    await editor.choice("Model").selectOption(strictModel);
    await editor.askFor("x".repeat(longestPrompt + 1));
    const problem = page.locator("#prompt-problems li");
    await problem.waitFor();
    // A check encodes the mask first, in the worker.
    const encodedAt = page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const { postMessage } = Worker.prototype;
          Worker.prototype.postMessage = function (message: { name?: string }, ...others: unknown[]) {
            if (message.name === "encodeMask") resolve(performance.now());
            return postMessage.call(this, message, ...(others as []));
          };
        }),
    );
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 10_000);
    await editor.drag([0.2, 0.2], [0.4, 0.3]);
    await problem.waitFor({ state: "detached" }); // it was of the edit without a mask
    for (const x of [500, 510, 520]) {
      await page.clock.runFor(900);
      await page.mouse.move(x, 400); // towards the next stroke
    }
    const paintedAt = await page.evaluate(() => performance.now());
    await page.clock.runFor(1_000);
    expect(await encodedAt).toBe(paintedAt + 1_000);
    await problem.waitFor();
  });

  it("cost is shown before an edit, and what the edits have cost after it", async () => {
    const { page } = editor;
    await editor.openSample();
    await page.getByText("Model and options").click();
    await editor.choice("Quality").selectOption("low");
    const before = await page.locator(".cost").textContent();
    expect(before).toMatch(/at most \$0\.0\d+/);
    expect(before).toContain("Spent so far$0.00");
    await editor.choice("Images").selectOption("2");
    await editor.askFor("anything");
    await editor.run.click();
    await editor.version(3).waitFor();
    await expect.poll(() => page.locator(".cost").textContent()).toMatch(/Spent so far\$0\.\d*[1-9]/);
  });
});

async function raw(bytes: Buffer | string): Promise<Buffer> {
  return sharp(bytes).removeAlpha().raw().toBuffer();
}

/** Saves the current image with the link of the page. */
async function downloaded(): Promise<Buffer> {
  const [download] = await Promise.all([
    editor.page.waitForEvent("download"),
    editor.page.getByRole("link", { name: "Download" }).first().click(),
  ]);
  expect(download.suggestedFilename()).toBe("retouched.png");
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
