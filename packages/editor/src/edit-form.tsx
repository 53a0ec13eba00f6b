import type { Problem } from "@retouch/client";
import { choicesOf, modelNames } from "./model-choices.ts";
import { ProblemList } from "./problem-list.tsx";

/** Values of the form. */
export interface EditFields {
  readonly prompt: string;
  readonly model: string;
  readonly size: string;
  readonly quality: string;
}

const ideas = ["Make it a starry night", "Paint it as a watercolor", "Let it snow"];

interface EditFormProps {
  readonly fields: EditFields;
  readonly problems: readonly Problem[];
  readonly disabled: boolean;
  readonly onFields: (fields: EditFields) => void;
  readonly onSubmit: () => void;
}

/** Form for the prompt, with the choices of the selected model. */
export function EditForm({ fields, problems, disabled, onFields, onSubmit }: EditFormProps) {
  const { sizes, qualities } = choicesOf(fields.model);
  const about = (field: string) =>
    problems.filter((problem) => problem.field === field && (field !== "prompt" || fields.prompt !== ""));
  const choose = (field: "model" | "size" | "quality", label: string, values: readonly string[]) =>
    values.length > 0 && (
      <label className="field">
        <span>{label}</span>
        <select
          value={fields[field]}
          disabled={disabled}
          aria-describedby={`${field}-problems`}
          onChange={({ target }) => onFields({ ...fields, [field]: target.value })}
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
          placeholder="Describe it in your own words"
          value={fields.prompt}
          disabled={disabled}
          aria-describedby="prompt-problems"
          onChange={({ target }) => onFields({ ...fields, prompt: target.value })}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onSubmit();
          }}
        />
      </label>
      <ProblemList id="prompt-problems" problems={about("prompt")} />
      <fieldset className="ideas" disabled={disabled}>
        <legend className="visually-hidden">Ideas</legend>
        {ideas.map((idea) => (
          <button
            key={idea}
            type="button"
            className="chip"
            onClick={() => onFields({ ...fields, prompt: idea })}
          >
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
