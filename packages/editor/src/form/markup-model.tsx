import { markupModel, refusesMarkup } from "./model-choices.ts";

interface MarkupModelProps {
  readonly model: string;
  readonly limitsLike: string | undefined;
  readonly onModel: (model: string) => void;
}

/** Says that the chosen model takes no markup, and offers one that does. */
export function MarkupModel({ model, limitsLike, onModel }: MarkupModelProps) {
  const other = markupModel;
  if (!refusesMarkup(model, limitsLike) || other === undefined) return null;
  return (
    <div className="again" role="status" tabIndex={-1}>
      <p>
        <code>{model}</code> takes no markup: paint a mask, or choose a model that does.
      </p>
      <button className="button quiet small" type="button" onClick={() => onModel(other)}>
        Use {other}
      </button>
    </div>
  );
}
