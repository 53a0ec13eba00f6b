import type { Problem } from "@retouch/client";
import { type ReactNode, useId } from "react";
import { ProblemList } from "./problem-list.tsx";

const ideas = ["Make it a starry night", "Paint it as a watercolor", "Let it snow"];

interface PromptFormProps {
  readonly prompt: string;
  readonly problems: readonly Problem[];
  /** Why the edit cannot be sent now. */
  readonly reason: string | undefined;
  /** What the edit does that a person may not expect. */
  readonly hint: string | undefined;
  readonly label: string;
  readonly onPrompt: (prompt: string) => void;
  readonly onSubmit: () => void;
  readonly children?: ReactNode;
}

/** The prompt, and the button that sends the edit. It stays in its place whatever is found wrong. */
export function PromptForm({
  prompt,
  problems,
  reason,
  hint,
  label,
  onPrompt,
  onSubmit,
  children,
}: PromptFormProps) {
  const reasonId = useId();
  return (
    <form
      className="prompt"
      id="edit-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <label className="field">
        <span>What should change?</span>
        <textarea
          id="prompt"
          rows={2}
          dir="auto"
          placeholder="Describe it in your own words"
          value={prompt}
          aria-describedby="prompt-problems"
          onChange={({ target }) => onPrompt(target.value)}
          onKeyDown={(event) => {
            const isCommand = event.key === "Enter" && (event.ctrlKey || event.metaKey);
            if (isCommand && !event.repeat) onSubmit();
          }}
        />
      </label>
      {/* Never `disabled`: a check that ends between press and release of the button would lose the click. */}
      <button
        className="button primary wide run"
        type="submit"
        aria-disabled={reason !== undefined}
        aria-describedby={reasonId}
        onClick={(event) => {
          // The second half of a double click does not send another edit.
          if (event.detail > 1) event.preventDefault();
        }}
      >
        {label}
      </button>
      <p className="reason muted" id={reasonId}>
        {reason ?? hint ?? "Ready. Nothing is sent until you press the button."}
      </p>
      <ProblemList id="prompt-problems" problems={problems} />
      <fieldset className="ideas">
        <legend className="visually-hidden">Ideas</legend>
        {ideas.map((idea) => (
          <button key={idea} type="button" className="chip" onClick={() => onPrompt(idea)}>
            {idea}
          </button>
        ))}
      </fieldset>
      {children}
    </form>
  );
}
