import { limitsOf, modelNames } from "@retouch/client/models";

/** Choices of a model, read from the limits that preflight and the server use. */
export interface ModelChoices {
  readonly size: readonly string[];
  readonly quality: readonly string[];
  readonly background: readonly string[];
  readonly output_format: readonly string[];
  /** The most images of one edit. */
  readonly maxImages: number;
  /** Whether partial images can be shown during an edit. */
  readonly hasPreviews: boolean;
}

/** The fields that are a choice from a list. */
export const choiceFields = ["size", "quality", "background", "output_format"] as const;

export { modelNames };

/** The model chosen at first: one whose end no server has announced. */
export const firstModel =
  modelNames.find((name) => limitsOf(name).shutdowns.length === 0) ?? modelNames[0] ?? "";

/** Returns the model whose limits and prices a name has: `limitsLike` for one that is not known, such as a deployment's. */
export function knownModel(model: string, limitsLike: string | undefined): string {
  return limitsLike === undefined || limitsOf(model).known ? model : limitsLike;
}

/** Returns whether the limits of a model refuse a markup. One that only some servers refuse is warned about. */
export function refusesMarkup(model: string, limitsLike: string | undefined): boolean {
  const rules = limitsOf(knownModel(model, limitsLike)).fields["markup"] ?? [];
  return rules.some(({ refused, severity }) => refused === true && severity === "error");
}

/** A model that takes a markup at every server. */
export const markupModel = modelNames.find(
  (name) => limitsOf(name).shutdowns.length === 0 && limitsOf(name).fields["markup"] === undefined,
);

/** Returns the choices of a model; for a name that is not known, those of `limitsLike`. */
export function choicesOf(model: string, limitsLike: string | undefined): ModelChoices {
  const { fields } = limitsOf(knownModel(model, limitsLike));
  const rulesOf = (field: string) => fields[field] ?? [];
  /** Only values that every rule accepts: the others are refused, or warned about. */
  const listed = (field: string): readonly string[] => {
    const [first = [], ...others] = rulesOf(field).flatMap((rule) =>
      rule.enum ? [rule.enum.map(String)] : [],
    );
    if (rulesOf(field).some(({ refused }) => refused)) return [];
    return first.filter((value) => others.every((values) => values.includes(value)));
  };
  const previews = rulesOf("partial_images");
  return {
    size: listed("size"),
    quality: listed("quality"),
    background: listed("background"),
    output_format: listed("output_format"),
    maxImages: Math.min(
      10,
      ...rulesOf("n").flatMap(({ refused, maximum }) => (refused ? [1] : (maximum ?? []))),
    ),
    // Only where every server of the model has them; otherwise preflight would warn.
    hasPreviews: previews.length > 0 && previews.every((rule) => !rule.refused && rule.severity === "error"),
  };
}
