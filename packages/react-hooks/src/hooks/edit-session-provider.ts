import { createContext, createElement, type ReactNode, useContext } from "react";
import type { EditSession } from "../session/edit-session.ts";
import type { EditSessionOptions } from "../session/edit-session-options.ts";
import { type ImageEdit, useEditSessionState } from "./use-image-edit.ts";
import { useOwnedSession } from "./use-owned-session.ts";

const SessionContext = createContext<EditSession | undefined>(undefined);

/** Configures an {@link EditSessionProvider}: with a `session` of yours, or with the options of one that it owns. */
export type EditSessionProviderProps = { readonly children?: ReactNode } & (
  | { readonly session: EditSession }
  | (EditSessionOptions & { readonly session?: undefined })
);

/**
 * Shares one session among the components below, which reach it by `useEditSession()`.
 *
 * @example
 * <EditSessionProvider transport={transport}>
 *   <Toolbar />
 *   <Picture />
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
 * Uses a session that several components share: the one given, or the nearest `EditSessionProvider`'s.
 * It does not own it: unmounting ends nothing.
 *
 * @throws Error when there is neither.
 */
export function useEditSession(session?: EditSession): ImageEdit {
  const shared = useContext(SessionContext);
  const used = session ?? shared;
  if (used === undefined) {
    throw new Error(
      "`useEditSession` found no session. Put an `<EditSessionProvider>` above, or pass a session to it.",
    );
  }
  return useEditSessionState(used);
}
