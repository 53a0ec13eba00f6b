/** Whether the images of a session survive a reload. */
export interface StorageState {
  /** `off` without `storage`; `failed`: what is new since then is in memory only. */
  readonly status: "off" | "opening" | "ready" | "failed";
  /** Why it failed: `storage_full`, or `storage_unavailable`. */
  readonly code: "storage_full" | "storage_unavailable" | undefined;
  readonly message: string | undefined;
}

export const noStorage: StorageState = { status: "off", code: undefined, message: undefined };
