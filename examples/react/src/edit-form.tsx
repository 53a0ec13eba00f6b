import type { Problem } from "@retouch/client";
import { choicesOf, modelNames } from "./model-choices.ts";
import { ProblemList } from "./problem-list.tsx";

/** Is what the form asks for. */
export interface Wish {
  readonly prompt: string;
  readonly model: string;
  readonly size: string;
  readonly quality: string;
}

const ideas = ["Make it a starry night", "Paint it as a watercolour", "Let it snow"];

interface EditFormProps {
  readonly wish: Wish;
  readonly problems: readonly Problem[];
  readonly disabled: boolean;
  readonly onWish: (wish: Wish) => void;
  readonly onSubmit: () => void;
}

/** Asks what should change, with the choices that the chosen model has. */
export function EditForm({ wish, problems, disabled, onWish, onSubmit }: EditFormProps) {
  const { sizes, qualities } = choicesOf(wish.model);
  const about = (field: string) =>
    problems.filter((problem) => problem.field === field && (field !== "prompt" || wish.prompt !== ""));
  const choose = (field: "model" | "size" | "quality", label: string, values: readonly string[]) =>
    values.length > 0 && (
      <label className="field">
        <span>{label}</span>
        <select
          value={wish[field]}
          disabled={disabled}
          aria-describedby={`${field}-problems`}
          onChange={({ target }) => onWish({ ...wish, [field]: target.value })}
        >
          {values.map((value) => (
            <option key={value} value={value}>
              {value.replace(/^(\d+)x(\d+)$/, "$1 × $2")}
            </option>
          ))}
        </select>
      </label>
    );
  return (
    <form
      className="form"
      id="edit-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <label className="field">
        <span>What should change?</span>
        <textarea
          rows={3}
          placeholder="Say it in your own words"
          value={wish.prompt}
          disabled={disabled}
          aria-describedby="prompt-problems"
          onChange={({ target }) => onWish({ ...wish, prompt: target.value })}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onSubmit();
          }}
        />
      </label>
      <ProblemList id="prompt-problems" problems={about("prompt")} />
      <fieldset className="ideas" disabled={disabled}>
        <legend className="visually-hidden">Ideas</legend>
        {ideas.map((idea) => (
          <button key={idea} type="button" className="chip" onClick={() => onWish({ ...wish, prompt: idea })}>
            {idea}
          </button>
        ))}
      </fieldset>
      {choose("model", "Model", modelNames)}
      <ProblemList id="model-problems" problems={about("model")} />
      <div className="pair">
        {choose("size", "Size", sizes)}
        {choose("quality", "Quality", qualities)}
      </div>
      <ProblemList id="size-problems" problems={about("size")} />
      <ProblemList id="quality-problems" problems={about("quality")} />
    </form>
  );
}
