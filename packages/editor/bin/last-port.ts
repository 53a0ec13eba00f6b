import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

/**
 * Reads the port of the first start: a browser keeps a page's history by its origin, which has the port. Undefined if
 * there was none.
 */
export async function readLastPort(directory: string): Promise<number | undefined> {
  const text = await readFile(path.join(directory, "port"), "utf8").catch(() => "");
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0;
  return port > 1023 && port < 65_536 ? port : undefined;
}

/** Stores the port unless another editor has stored its own. Without it, the next start only has another port. */
export async function storeLastPort(directory: string, port: number): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(path.join(directory, "port"), `${port}\n`, { flag: "wx", mode: 0o600 });
  } catch {
    // It is there, or the directory cannot be written.
  }
}
