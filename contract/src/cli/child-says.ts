import type { ChildProcess } from "node:child_process";

/** Resolves once the process has written some words to stderr: only then has it done what they say. */
export function childSays(child: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(words)) resolve();
    });
    child.on("close", () => reject(new Error(`The process ended without saying "${words}": ${text}`)));
  });
}
