import type { Problem } from "@retouch/client";
import { MessageText } from "./message-text.tsx";

/** Problems that preflight found in some fields, shown next to them. */
export function ProblemList({ id, problems }: { id: string; problems: readonly Problem[] }) {
  return (
    <ul className="problems" id={id}>
      {problems.map(({ field, code, severity, message }) => (
        <li key={`${field} ${code} ${message}`} className={severity}>
          <MessageText text={message} />
        </li>
      ))}
    </ul>
  );
}
