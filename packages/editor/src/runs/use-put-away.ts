import type { Run } from "@retouch/react-hooks";
import { useState } from "react";

const key = "retouch-editor put away";

/** The edits whose notes were put away, also after a reload: the session has their runs again then. */
export function usePutAway(runs: readonly Run[]) {
  const [away, setAway] = useState<ReadonlySet<string>>(read);
  return {
    isAway: (id: string) => away.has(id),
    putAway(id: string) {
      // Runs that the session has forgotten are forgotten here too.
      const known = new Set(runs.map((run) => run.id));
      const next = new Set([...[...read(), ...away].filter((one) => known.has(one)), id]);
      setAway(next);
      try {
        localStorage.setItem(key, JSON.stringify([...next]));
      } catch {
        // A browser that stores nothing shows them again after a reload.
      }
    },
  };
}

function read(): ReadonlySet<string> {
  try {
    return new Set(JSON.parse(localStorage.getItem(key) ?? "[]") as string[]);
  } catch {
    return new Set();
  }
}
