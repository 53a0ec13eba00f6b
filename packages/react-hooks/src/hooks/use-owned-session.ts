import { useInsertionEffect, useState } from "react";
import { EditSession } from "../session/edit-session.ts";
import type { EditSessionOptions } from "../session/edit-session-options.ts";

/** Creates a session that lives as long as the component, and keeps its options up to date. */
export function useOwnedSession(options: EditSessionOptions): EditSession {
  const [session] = useState(() => new EditSession(options));
  // Only insertion effects are left alone by both StrictMode and a hidden <Activity>: an edit in progress survives them.
  // See https://react.dev/reference/react/useInsertionEffect
  useInsertionEffect(() => session.retain(), [session]);
  useInsertionEffect(() => session.configure(options));
  return session;
}
