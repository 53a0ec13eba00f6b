/** STUB until the generated validator lands. */
export interface FieldProblem {
  param: string;
  code: string;
  message: string;
}
export interface MediaRules {
  images: { maxCount: number; mediaTypes: readonly string[]; maxBytes?: number; square?: true };
  mask: { mediaTypes: readonly string[]; maxBytes: number };
}
export function findFieldProblem(
  _model: string | undefined,
  fields: Readonly<Record<string, string>>,
): FieldProblem | undefined {
  if (!fields["prompt"])
    return {
      param: "prompt",
      code: "missing_required_parameter",
      message: "Missing required parameter: 'prompt'.",
    };
  return undefined;
}
export function mediaRulesOf(_model: string | undefined): MediaRules {
  const mediaTypes = ["image/png", "image/jpeg", "image/webp"];
  return {
    images: { maxCount: 16, mediaTypes },
    mask: { mediaTypes: ["image/png"], maxBytes: 4 * 1024 * 1024 },
  };
}
export function allowedSizesOf(_model: string | undefined): string[] {
  return ["1024x1024", "1536x1024", "1024x1536"];
}
