import { createContext, type ReactNode, useCallback, useContext, useState } from "react";

const Say = createContext<(text: string) => void>(() => undefined);

/** Returns the function that announces to a screen reader what has changed, without moving the focus. */
export function useSay(): (text: string) => void {
  return useContext(Say);
}

interface Sentence {
  readonly id: number;
  readonly text: string;
}

/** Holds what was said last: each sentence is a new element, so that two in a row are both read, equal ones too. */
export function Announcer({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState<readonly Sentence[]>([]);
  const say = useCallback(
    (text: string) => setSaid((before) => [...before.slice(-2), { id: (before.at(-1)?.id ?? 0) + 1, text }]),
    [],
  );
  return (
    <Say value={say}>
      <div className="visually-hidden" role="status" aria-atomic="false">
        {said.map(({ id, text }) => (
          <p key={id}>{text}</p>
        ))}
      </div>
      {children}
    </Say>
  );
}
