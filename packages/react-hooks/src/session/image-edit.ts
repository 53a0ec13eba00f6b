import type { EditSession } from "./edit-session.ts";
import { type EditState, isPending } from "./edit-state.ts";

/** Return value of `useImageEdit` and `useEditSession`: the state and the actions. The functions never change. */
export interface ImageEdit
  extends EditState,
    Pick<
      EditSession,
      | "edit"
      | "editOrThrow"
      | "editAgain"
      | "check"
      | "cancel"
      | "retry"
      | "undo"
      | "redo"
      | "jumpTo"
      | "load"
      | "setReferences"
      | "clear"
      | "clearError"
      | "exportSession"
      | "importSession"
    > {
  /** True while an edit is in progress. */
  readonly isPending: boolean;
  /** True when the last edit failed, until the next one or `clearError`. */
  readonly isError: boolean;
  /** True when the last edit succeeded, until the next one. */
  readonly isSuccess: boolean;
  /** The session itself, to pass to other components. */
  readonly session: EditSession;
}

const newest = new WeakMap<EditSession, { readonly state: EditState; readonly edit: ImageEdit }>();

/** Returns a state with the actions of its session: one object for each state, whatever component asks. */
export function imageEditOf(session: EditSession, state: EditState): ImageEdit {
  const known = newest.get(session);
  if (known?.state === state) return known.edit;
  const { edit, editOrThrow, editAgain, check, cancel, retry } = session;
  const { undo, redo, jumpTo, load, setReferences, clear, clearError } = session;
  const { exportSession, importSession } = session;
  const { status } = state;
  const made: ImageEdit = {
    ...state,
    ...{
      edit,
      editOrThrow,
      editAgain,
      check,
      cancel,
      retry,
      undo,
      redo,
      jumpTo,
      load,
      setReferences,
      clear,
      clearError,
      exportSession,
      importSession,
      session,
    },
    isPending: isPending(status),
    isError: status === "error",
    isSuccess: status === "success",
  };
  newest.set(session, { state, edit: made });
  return made;
}
