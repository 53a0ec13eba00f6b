import type { Problem } from "@retouch/client";
import { Choice } from "./choice.tsx";
import { type EditFields, fieldsFor } from "./edit-fields.ts";
import { choicesOf, modelNames } from "./model-choices.ts";

interface OptionsFormProps {
  readonly fields: EditFields;
  /** The model chosen at first, which may be a name that is not known. */
  readonly firstModel: string;
  readonly problems: readonly Problem[];
  readonly composite: boolean;
  readonly onFields: (fields: EditFields) => void;
  readonly onComposite: (composite: boolean) => void;
}

/** Model and options of an edit: what the limits of the model allow. */
export function OptionsForm({
  fields,
  firstModel,
  problems,
  composite,
  onFields,
  onComposite,
}: OptionsFormProps) {
  const choices = choicesOf(fields.model, fields.limitsLike);
  const choice = (
    field: "size" | "quality" | "background" | "output_format",
    label: string,
    unset?: string,
  ) => (
    <Choice
      field={field}
      label={label}
      value={fields[field]}
      values={choices[field]}
      unset={unset}
      problems={problems.filter((problem) => problem.field === field)}
      onValue={(value) => onFields({ ...fields, [field]: value })}
    />
  );
  const counts = Array.from({ length: choices.maxImages }, (_, index) => `${index + 1}`);
  return (
    <>
      <Choice
        field="model"
        label="Model"
        value={fields.model}
        values={[...new Set([...modelNames, firstModel])]}
        problems={problems.filter(({ field }) => field === "model")}
        onValue={(model) => onFields(fieldsFor(model, fields))}
      />
      <div className="pair">
        {choice("size", "Size")}
        {choice("quality", "Quality")}
        <Choice
          field="n"
          label="Images"
          value={`${fields.n}`}
          values={counts}
          problems={problems.filter(({ field }) => field === "n")}
          onValue={(n) => onFields({ ...fields, n: Number(n) })}
        />
        {choice("output_format", "Format", "server default")}
        {choice("background", "Background", "server default")}
      </div>
      {choices.hasPreviews && (
        <label className="check">
          <input
            type="checkbox"
            checked={fields.previews}
            onChange={({ target }) => onFields({ ...fields, previews: target.checked })}
          />
          <span>Show previews while it is made (each costs a little more)</span>
        </label>
      )}
      <label className="check">
        <input type="checkbox" checked={composite} onChange={({ target }) => onComposite(target.checked)} />
        <span>Put everything outside the mask back as it was</span>
      </label>
    </>
  );
}
