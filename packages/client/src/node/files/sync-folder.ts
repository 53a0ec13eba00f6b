import { open } from "node:fs/promises";

/** Folders that are being synced, and what will be synced right after. */
const running = new Map<string, { readonly done: Promise<void>; next?: Promise<void> }>();

/**
 * Waits until the names in a folder are on the disk, where that can be asked for. Whoever asks while a sync runs shares
 * the one after it, which begins after all of them have asked.
 */
export function syncFolder(folder: string): Promise<void> {
  const now = running.get(folder);
  if (!now) return begin(folder);
  now.next ??= now.done.then(() => begin(folder));
  return now.next;
}

function begin(folder: string): Promise<void> {
  const done = sync(folder).then(() => {
    // Before those who share the next one begin it.
    running.delete(folder);
  });
  running.set(folder, { done });
  return done;
}

async function sync(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows and some network disks can not, and the file itself is safe.
  }
}
