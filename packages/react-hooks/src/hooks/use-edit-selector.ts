import { useMemo, useSyncExternalStore } from "react";
import type { EditSession } from "../session/edit-session.ts";
import { type ImageEdit, imageEditOf } from "../session/image-edit.ts";
import { useSharedSession } from "./edit-session-provider.ts";

/** Options of {@link useEditSelector}. */
export interface EditSelectorOptions<Selected> {
  /** The session, instead of that of the nearest `EditSessionProvider`. */
  readonly session?: EditSession | undefined;
  /** Whether two selections are the same, `Object.is` by default. */
  readonly isEqual?: ((before: Selected, after: Selected) => boolean) | undefined;
}

/**
 * Subscribes to a part of a shared session: the component renders again only when that part changes.
 *
 * @throws Error when there is no session.
 * @example
 * const percent = useEditSelector(({ progress }) => Math.round((progress?.fraction ?? 0) * 100));
 */
export function useEditSelector<Selected>(
  select: (edit: ImageEdit) => Selected,
  { session, isEqual = Object.is }: EditSelectorOptions<Selected> = {},
): Selected {
  const found = useSharedSession(session);
  const read = useMemo(() => createSelection(found, select, isEqual), [found, select, isEqual]);
  return useSyncExternalStore(found.subscribe, read.now, read.onServer);
}

/** Creates a reader that returns the same selection until another one is not equal to it. */
function createSelection<Selected>(
  session: EditSession,
  select: (edit: ImageEdit) => Selected,
  isEqual: (before: Selected, after: Selected) => boolean,
): { readonly now: () => Selected; readonly onServer: () => Selected } {
  let last: { readonly edit: ImageEdit; readonly selected: Selected } | undefined;
  const now = (edit: ImageEdit): Selected => {
    if (last?.edit === edit) return last.selected;
    const selected = select(edit);
    last = {
      edit,
      selected: last !== undefined && isEqual(last.selected, selected) ? last.selected : selected,
    };
    return last.selected;
  };
  const server = imageEditOnServer(session);
  return { now: () => now(imageEditOf(session, session.getSnapshot())), onServer: () => now(server()) };
}

/** Kept apart from the newest state, which a page has while it hydrates with the server's. */
function imageEditOnServer(session: EditSession): () => ImageEdit {
  let edit: ImageEdit | undefined;
  return () => {
    edit ??= { ...imageEditOf(session, session.getServerSnapshot()) };
    return edit;
  };
}
