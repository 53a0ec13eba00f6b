import type { Mask, Step } from "@retouch/react-hooks";
import { percentOf } from "./stage/mask-toolbar.tsx";

interface ScopeTextProps {
  readonly mask: Mask;
  readonly again: Step | undefined;
  readonly composite: boolean;
}

/** What may change. Models treat a mask as a hint: only what the page puts back is certain. */
export function ScopeText({ mask, again, composite }: ScopeTextProps) {
  const hasMask = again === undefined ? !mask.isEmpty : again.mask !== undefined;
  return <p className="scope muted">{textOf(hasMask, again, composite, mask.coverage)}</p>;
}

function textOf(hasMask: boolean, again: Step | undefined, composite: boolean, coverage: number): string {
  if (!hasMask) return "Nothing is marked: the model redraws the entire image.";
  const area = again === undefined ? `the marked ${percentOf(coverage)}` : "the mask of that version";
  return composite
    ? `The model treats the mask as a hint. This page then puts everything outside ${area} back, pixel by pixel.`
    : `The model treats ${area} as a hint: it may change anything else too.`;
}
