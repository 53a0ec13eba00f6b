import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** Returns the contents of the files under final names, without manifests. */
export async function imagesIn(folder: string): Promise<ReadonlySet<string>> {
  const images = new Set<string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.includes(".retouch") || /^\.|\.jsonl$/.test(entry.name)) continue;
    images.add((await readFile(path.join(entry.parentPath, entry.name))).toString("latin1"));
  }
  return images;
}
