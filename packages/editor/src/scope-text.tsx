import { percentOf } from "./stage/mask-toolbar.tsx";
import type { EditInputs } from "./use-editor.ts";

interface ScopeTextProps {
  /** How much of the image is marked. */
  readonly coverage: number;
  readonly inputs: EditInputs;
  readonly composite: boolean;
}

/** What may change. Models treat a mask as a hint: only what the page puts back is certain. */
export function ScopeText(props: ScopeTextProps) {
  const { again, drawing, sends } = props.inputs;
  const other = sends === "mask" ? "markup" : "mask";
  return (
    <p className="scope muted">
      {textOf(props)}
      {again === undefined &&
        drawing.keepsOther &&
        ` The ${other} stays here and is not sent: a model takes one of them, and this one was looked at last.`}
    </p>
  );
}

function textOf({ coverage, inputs: { sends, again }, composite }: ScopeTextProps): string {
  if (sends === undefined) return "Nothing is marked: the model redraws the entire image.";
  if (sends === "markup") {
    return "The markup is sent with the image: the model reads what it says, and redraws the entire image without it.";
  }
  const area = again === undefined ? `the marked ${percentOf(coverage)}` : "the mask of that version";
  return composite
    ? `The model treats the mask as a hint. This page then puts everything outside ${area} back, pixel by pixel.`
    : `The model treats ${area} as a hint: it may change anything else too.`;
}
