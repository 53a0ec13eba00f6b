import type { Problem } from "@retouch/client";
import { CodeWords } from "./code-words.tsx";

/** Shows what preflight found about some fields, where the person who can mend it is looking. */
export function ProblemList({ id, problems }: { id: string; problems: readonly Problem[] }) {
  return (
    <ul className="problems" id={id}>
      {problems.map(({ field, code, severity, message }) => (
        <li key={`${field} ${code} ${message}`} className={severity}>
          <CodeWords text={message} />
        </li>
      ))}
    </ul>
  );
}
