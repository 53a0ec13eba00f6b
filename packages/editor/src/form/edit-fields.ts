import { choiceFields, choicesOf } from "./model-choices.ts";

/** Values of the form. An empty choice is not sent: the server takes its default. */
export interface EditFields {
  readonly prompt: string;
  readonly model: string;
  readonly size: string;
  readonly quality: string;
  readonly background: string;
  readonly output_format: string;
  readonly n: number;
  readonly previews: boolean;
  /** The model whose limits an unknown one has. It is of the server, and not sent. */
  readonly limitsLike?: string | undefined;
}

/** Returns the values of the form for a model, which keeps those of `before` that the model has too. */
export function fieldsFor(model: string, before: Partial<EditFields> = {}): EditFields {
  const choices = choicesOf(model, before.limitsLike);
  const keep = (field: (typeof choiceFields)[number], fallback: string) =>
    choices[field].includes(before[field] ?? "") ? (before[field] ?? "") : fallback;
  return {
    model,
    prompt: before.prompt ?? "",
    size: keep("size", choices.size[0] ?? ""),
    quality: keep("quality", choices.quality[0] ?? ""),
    background: keep("background", ""),
    output_format: keep("output_format", ""),
    n: Math.min(before.n ?? 1, choices.maxImages),
    previews: before.previews ?? true,
    limitsLike: before.limitsLike,
  };
}

/** Parameters of an edit, without its images. */
export interface EditParameters {
  readonly model: string;
  readonly prompt: string;
  readonly n?: number;
  readonly partial_images?: number;
  readonly size?: string;
  readonly quality?: string;
  readonly background?: string;
  readonly output_format?: string;
}

/** Returns what the fields send: nothing that is a default of the server anyway. */
export function paramsOf({ prompt, model, n, previews, limitsLike, ...fields }: EditFields): EditParameters {
  const chosen = choiceFields.flatMap((field) =>
    fields[field] === "" ? [] : [[field, fields[field]] as const],
  );
  return {
    model,
    prompt,
    ...(n > 1 && { n }),
    ...(previews && choicesOf(model, limitsLike).hasPreviews && { partial_images: 2 }),
    ...Object.fromEntries(chosen),
  };
}
