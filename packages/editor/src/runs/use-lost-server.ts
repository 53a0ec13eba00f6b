import type { ImageEdit } from "@retouch/react-hooks";
import { useEffect, useState } from "react";
import type { ServerSession } from "../server-session.ts";

/** Why the server of this page cannot be used: it does not respond, or it was started again and has another link. */
export type LostServer = "stopped" | "restarted";

const pauseMs = 3_000;

/**
 * Returns whether the server of this page is lost. It is asked while an edit runs, which is otherwise waited for without an
 * end: a proxy with jobs may be back at any time.
 */
export function useLostServer(
  { start }: ServerSession,
  { isPending }: ImageEdit,
  isOnline: boolean,
): LostServer | undefined {
  const [lost, setLost] = useState<LostServer>();
  const isWatched = start !== "" && isOnline && (isPending || lost !== undefined);
  useEffect(() => {
    if (!isWatched) return;
    let isStale = false;
    const timer = setInterval(async () => {
      const now = await ask();
      if (!isStale) setLost(now);
    }, pauseMs);
    return () => {
      isStale = true;
      clearInterval(timer);
    };
  }, [isWatched]);
  return lost;
}

async function ask(): Promise<LostServer | undefined> {
  const response = await fetch("/api/session", { method: "HEAD" }).catch(() => undefined);
  if (response === undefined) return "stopped";
  return response.status === 403 ? "restarted" : undefined;
}
