import { limitsOf, modelNames } from "@retouch/client";

/** What a model lets the page choose, straight from the limits that preflight and the server follow. */
export interface ModelChoices {
  readonly sizes: readonly string[];
  readonly qualities: readonly string[];
  /** Whether unfinished pictures can be shown on the way. */
  readonly hasPreviews: boolean;
}

export { modelNames };

/** Looks up what can be chosen for a model. */
export function choicesOf(model: string): ModelChoices {
  const { fields } = limitsOf(model);
  const listed = (field: string) => (fields[field] ?? []).flatMap((rule) => rule.enum ?? []).map(String);
  const previews = fields["partial_images"] ?? [];
  return {
    sizes: listed("size"),
    qualities: listed("quality"),
    // A warning would be shown for a server that may not know them: only where they are certain.
    hasPreviews: previews.length > 0 && previews.every((rule) => !rule.refused && rule.severity === "error"),
  };
}
