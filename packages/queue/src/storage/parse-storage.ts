import { folderStorage } from "./folder-storage.ts";
import type { Storage } from "./storage.ts";

/** Creates the storage of `--storage`. */
export function parseStorage(text: string): Storage {
  return folderStorage(text);
}
