import type { Problem } from "@retouch/client";
import { ProblemList } from "./problem-list.tsx";

interface ChoiceProps {
  readonly field: string;
  readonly label: string;
  readonly value: string;
  readonly values: readonly string[];
  /** The label of "let the server choose", where that is a choice. */
  readonly unset?: string | undefined;
  readonly problems: readonly Problem[];
  readonly onValue: (value: string) => void;
}

/** Isolated from left to right: a page written from right to left would show height × width. An option has no elements. */
const widthFirst = "\u2066$1 × $2\u2069";

/** A field that is a choice from a list, with what preflight says about it. */
export function Choice({ field, label, value, values, unset, problems, onValue }: ChoiceProps) {
  if (values.length === 0) return null;
  return (
    <div className="field">
      <label>
        <span>{label}</span>
        <select
          value={value}
          aria-describedby={`${field}-problems`}
          onChange={({ target }) => onValue(target.value)}
        >
          {unset !== undefined && <option value="">{unset}</option>}
          {values.map((name) => (
            <option key={name} value={name}>
              {name.replace(/^(\d+)x(\d+)$/, widthFirst)}
            </option>
          ))}
        </select>
      </label>
      <ProblemList id={`${field}-problems`} problems={problems} />
    </div>
  );
}
