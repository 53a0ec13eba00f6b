import type { ImageEdit } from "@retouch/react-hooks";
import { useEffect, useState } from "react";
import type { ServerSession } from "../server-session.ts";

/** Why the server of this page cannot be used: its port is closed, it does not respond, or its link is another one. */
export type LostServer = "stopped" | "silent" | "restarted";

const pauseMs = 2_000;
/** The system accepts connections for a suspended process too, which never responds. */
const timeoutMs = 4_000;

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
    let timer: ReturnType<typeof setTimeout>;
    const watch = async () => {
      const now = await ask();
      if (isStale) return;
      setLost(now);
      timer = setTimeout(watch, pauseMs);
    };
    timer = setTimeout(watch, pauseMs);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }, [isWatched]);
  return lost;
}

async function ask(): Promise<LostServer | undefined> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const { status } = await fetch("/api/session", { method: "HEAD", cache: "no-store", signal });
    return status === 403 ? "restarted" : undefined;
  } catch (error) {
    return (error as Error).name === "TimeoutError" ? "silent" : "stopped";
  }
}
