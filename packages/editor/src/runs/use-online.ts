import { useSyncExternalStore } from "react";
import type { ServerSession } from "../server-session.ts";

/** Returns whether edits can be sent: the browser is online, or they stay on this machine. */
export function useOnline({ mock, host }: ServerSession): boolean {
  const isOnline = useSyncExternalStore(
    subscribe,
    () => navigator.onLine,
    () => true,
  );
  return isOnline || mock || /^(localhost|127[\d.]+|\[::1\])(:\d+)?$/.test(host);
}

function subscribe(onChange: () => void): () => void {
  addEventListener("online", onChange);
  addEventListener("offline", onChange);
  return () => {
    removeEventListener("online", onChange);
    removeEventListener("offline", onChange);
  };
}
