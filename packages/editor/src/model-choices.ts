import { limitsOf, modelNames } from "@retouch/client/models";

/** Choices of a model, read from the limits that preflight and the server use. */
export interface ModelChoices {
  readonly sizes: readonly string[];
  readonly qualities: readonly string[];
  /** Whether partial images can be shown during an edit. */
  readonly hasPreviews: boolean;
}

export { modelNames };

/** The model chosen at first: one whose end no server has announced. */
export const firstModel = modelNames.find((name) => limitsOf(name).shutdowns.length === 0) ?? modelNames[0];

/** Returns the choices of a model. */
export function choicesOf(model: string): ModelChoices {
  const { fields } = limitsOf(model);
  const listed = (field: string) => (fields[field] ?? []).flatMap((rule) => rule.enum ?? []).map(String);
  const previews = fields["partial_images"] ?? [];
  return {
    sizes: listed("size"),
    qualities: listed("quality"),
    // Only where every server of the model has them; otherwise preflight would warn.
    hasPreviews: previews.length > 0 && previews.every((rule) => !rule.refused && rule.severity === "error"),
  };
}
