import type { SessionStorage } from "./session-storage.ts";

/**
 * Keeps a session in this browser: its images, masks, prompts and queue survive a reload, and every tab with this id adds
 * to them. The code loads with the first page that uses it.
 *
 * @param id The name of the session in this browser, such as that of a document.
 */
export function indexedDbStorage(id: string): SessionStorage {
  return {
    open: async (host) => {
      const { openIndexedDb } = await import("./open-indexed-db.ts");
      return openIndexedDb(id, host);
    },
  };
}
