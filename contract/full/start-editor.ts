import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Browser } from "playwright";
import { expect } from "vitest";

/** A running `retouch-editor`. */
export interface RunningEditor {
  /** The link that opens its page, once. */
  readonly link: string;
  stop(): Promise<void>;
}

/** Starts a command that runs the editor, and waits for its link. */
export async function startEditor(
  [command, ...argv]: readonly [string, ...string[]],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<RunningEditor> {
  // A group of its own: npm runs the program in a shell, which would outlive npm.
  const detached = process.platform !== "win32";
  const child = spawn(command, argv, { ...options, detached, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  const closed = once(child, "close");
  const link = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
        const found = /^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+(?=\r?\n)/m.exec(printed)?.[0];
        if (found !== undefined) resolve(found);
      });
    }
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`The editor ended with ${code}.\n${printed}`)));
  });
  return {
    link,
    async stop() {
      if (detached && child.pid !== undefined) process.kill(-child.pid, "SIGINT");
      else child.kill();
      await closed;
    },
  };
}

/** Opens the page by its link, edits an image from it, and returns its text. */
export async function editInPage(browser: Browser, link: string, photo: Uint8Array): Promise<string> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(link);
    expect(page.url()).toBe(`${new URL(link).origin}/`);
    await page.getByRole("heading", { name: "Retouch" }).waitFor();
    const status = await page.evaluate(
      async (bytes) => {
        const form = new FormData();
        form.append("model", "gpt-image-1");
        form.append("prompt", "make it dusk");
        form.append("image", new Blob([new Uint8Array(bytes)], { type: "image/png" }), "photo.png");
        const accepted = await fetch("/api/image-edit", { method: "POST", body: form });
        const { job } = await accepted.json();
        const result = await fetch(`/api/image-edit?job=${job.id}`);
        const { data } = await result.json();
        return [result.status, data[0].b64_json.slice(0, 5)];
      },
      [...photo],
    );
    expect(status).toEqual([200, "iVBOR"]);
    return await page.content();
  } finally {
    await context.close();
  }
}
