import { useSyncExternalStore } from "react";
import type { EditSession } from "../session/edit-session.ts";
import type { EditSessionOptions } from "../session/edit-session-options.ts";
import { type EditState, isBusy } from "../session/edit-state.ts";
import { useOwnedSession } from "./use-owned-session.ts";

/** Return value of `useImageEdit` and `useEditSession`: the state and the actions. The functions never change. */
export interface ImageEdit
  extends EditState,
    Pick<
      EditSession,
      "edit" | "editOrThrow" | "cancel" | "retry" | "undo" | "redo" | "jumpTo" | "reset" | "check"
    > {
  /** True while an edit is in progress. */
  readonly isBusy: boolean;
  /** The session itself, to pass to other components. */
  readonly session: EditSession;
}

/**
 * Creates an edit session that its component owns. StrictMode and a hidden `<Activity>` leave an edit running.
 * Unmounting aborts it, unless `onUnmount` is `"keep"`, and revokes every object URL.
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
  const { edit, editOrThrow, cancel, retry, undo, redo, jumpTo, reset, check } = session;
  return {
    ...state,
    ...{ edit, editOrThrow, cancel, retry, undo, redo, jumpTo, reset, check, session },
    isBusy: isBusy(state.status),
  };
}
