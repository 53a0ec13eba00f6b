import type { ChildProcess } from "node:child_process";

/** Resolves once the process has written a text to stderr, which proves that it got that far. */
export function childSays(child: ChildProcess, expected: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(expected)) resolve();
    });
    child.on("close", () => reject(new Error(`The process ended without printing "${expected}": ${text}`)));
  });
}
