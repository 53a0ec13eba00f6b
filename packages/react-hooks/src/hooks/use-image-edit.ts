import { useSyncExternalStore } from "react";
import type { EditSession } from "../session/edit-session.ts";
import type { EditSessionOptions } from "../session/edit-session-options.ts";
import type { ImageEdit } from "../session/image-edit.ts";
import { imageEditOf } from "../session/image-edit.ts";
import { useOwnedSession } from "./use-owned-session.ts";

/**
 * Creates an edit session that its component owns. StrictMode and a hidden `<Activity>` leave an edit running.
 * Unmounting aborts it, unless `onUnmount` is `"keep"`, and revokes every object URL. Returns the same object until
 * something changes.
 *
 * @example
 * const { status, current, edit, cancel } = useImageEdit({ transport: proxyTransport("/api/image-edit") });
 */
export function useImageEdit(options: EditSessionOptions): ImageEdit {
  return useEditSessionState(useOwnedSession(options));
}

/** Subscribes to a session that this component does not own. */
export function useEditSessionState(session: EditSession): ImageEdit {
  const state = useSyncExternalStore(session.subscribe, session.getSnapshot, session.getServerSnapshot);
  return imageEditOf(session, state);
}
