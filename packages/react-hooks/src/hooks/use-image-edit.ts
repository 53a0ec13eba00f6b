import { useSyncExternalStore } from "react";
import type { EditSession } from "../session/edit-session.ts";
import type { EditSessionOptions } from "../session/edit-session-options.ts";
import { type EditState, isBusy } from "../session/edit-state.ts";
import { useOwnedSession } from "./use-owned-session.ts";

/** Is what `useImageEdit` and `useEditSession` return: the state, and what can be done. The functions never change. */
export interface ImageEdit
  extends EditState,
    Pick<
      EditSession,
      "edit" | "editOrThrow" | "cancel" | "retry" | "undo" | "redo" | "jumpTo" | "reset" | "check"
    > {
  /** True while an edit is on its way. */
  readonly isBusy: boolean;
  /** The session itself, to hand to other components. */
  readonly session: EditSession;
}

/**
 * Edits images from a component, which owns the session: StrictMode and a hidden `<Activity>` leave an edit running,
 * unmounting ends it (or not, with `onUnmount: "keep"`) and frees every object URL.
 *
 * @example
 * const { status, current, edit, cancel } = useImageEdit({ transport: proxyTransport("/api/image-edit") });
 */
export function useImageEdit(options: EditSessionOptions): ImageEdit {
  return useEditSessionState(useOwnedSession(options));
}

/** Watches a session that somebody else owns. */
export function useEditSessionState(session: EditSession): ImageEdit {
  const state = useSyncExternalStore(session.subscribe, session.getSnapshot, session.getServerSnapshot);
  const { edit, editOrThrow, cancel, retry, undo, redo, jumpTo, reset, check } = session;
  return {
    ...state,
    ...{ edit, editOrThrow, cancel, retry, undo, redo, jumpTo, reset, check, session },
    isBusy: isBusy(state.status),
  };
}
