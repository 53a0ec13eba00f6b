import { useInsertionEffect, useState } from "react";
import { EditSession } from "../session/edit-session.ts";
import type { EditSessionOptions } from "../session/edit-session-options.ts";

/** Makes a session that lives as long as the component, and keeps its options up to date. */
export function useOwnedSession(options: EditSessionOptions): EditSession {
  const [session] = useState(() => new EditSession(options));
  // Insertion effects are the only ones that neither StrictMode nor a hidden <Activity> undoes: a paid job survives both.
  useInsertionEffect(() => session.retain(), [session]);
  useInsertionEffect(() => session.configure(options));
  return session;
}
