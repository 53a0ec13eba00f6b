import { createContext, createElement, type ReactNode, useContext } from "react";
import type { EditSession } from "../session/edit-session.ts";
import type { EditSessionOptions } from "../session/edit-session-options.ts";
import type { ImageEdit } from "../session/image-edit.ts";
import { useEditSessionState } from "./use-image-edit.ts";
import { useOwnedSession } from "./use-owned-session.ts";

const SessionContext = createContext<EditSession | undefined>(undefined);

/** Props of {@link EditSessionProvider}: your own `session`, or the options of one that the provider owns. */
export type EditSessionProviderProps = { readonly children?: ReactNode } & (
  | { readonly session: EditSession }
  | (EditSessionOptions & { readonly session?: undefined })
);

/**
 * Provides one session to the components below, which read it with `useEditSession()`.
 *
 * @example
 * <EditSessionProvider transport={transport}>
 *   <Toolbar />
 *   <Canvas />
 * </EditSessionProvider>
 */
export function EditSessionProvider(props: EditSessionProviderProps): ReactNode {
  return props.session === undefined
    ? createElement(OwnedSession, props)
    : createElement(SessionContext.Provider, { value: props.session }, props.children);
}

function OwnedSession({
  children,
  ...options
}: EditSessionOptions & { readonly children?: ReactNode }): ReactNode {
  return createElement(SessionContext.Provider, { value: useOwnedSession(options) }, children);
}

/**
 * Subscribes to a shared session: the argument, or the one of the nearest `EditSessionProvider`.
 * The component does not own it: unmounting aborts nothing.
 *
 * @throws Error when there is neither.
 */
export function useEditSession(session?: EditSession): ImageEdit {
  return useEditSessionState(useSharedSession(session));
}

/** Returns a shared session: the argument, or the one of the nearest `EditSessionProvider`. */
export function useSharedSession(session: EditSession | undefined): EditSession {
  const shared = useContext(SessionContext);
  const found = session ?? shared;
  if (found === undefined) {
    throw new Error(
      "`useEditSession` found no session. Render an `<EditSessionProvider>` above, or pass a session.",
    );
  }
  return found;
}
