import type { Problem } from "@retouch/client";
import type { ImageEdit } from "@retouch/react-hooks";
import { useEffect, useRef, useState } from "react";
import type { EditInputs } from "../use-editor.ts";

/** What preflight knows of the edit as it is now. */
export interface Preflight {
  readonly problems: readonly Problem[];
  /** False while a change is not checked yet: `problems` are then those of an earlier edit, and stop nothing. */
  readonly isCurrent: boolean;
}

/** The pause after a change of a field, and after the last input of someone who paints. */
const pauseMs = 250;
const pauseAfterStrokeMs = 1_000;

/** What a person does between two strokes too. */
const inputEvents = ["pointerdown", "pointermove", "keydown"] as const;

/**
 * Checks the edit shortly after each change, as it would be sent. What was painted is checked only once painting has
 * ended: copying the mask of a photograph and reading its file take the main thread for longer than several frames each.
 */
export function usePreflight(edit: ImageEdit, inputs: EditInputs): Preflight {
  const { check, isPending, problems } = edit;
  const [checked, setChecked] = useState<EditInputs>();
  const checkedDrawing = useRef(inputs.drawing);
  useEffect(() => {
    const { params, images, drawing, again } = inputs;
    if (images.length === 0 || isPending) return;
    const isPainted = checkedDrawing.current !== drawing;
    const ms = isPainted ? pauseAfterStrokeMs : pauseMs;
    const effect = new AbortController();
    const { signal } = effect;
    let quietAt = performance.now() + ms;
    let timer: ReturnType<typeof setTimeout> | undefined;
    /** Returns whether it waits: a stroke in progress has changed nothing yet. */
    const waits = () => {
      const rest = quietAt - performance.now();
      if (rest > 0) timer = setTimeout(checkInputs, rest);
      return rest > 0;
    };
    const checkInputs = async () => {
      if (waits()) return;
      const files = again && { mask: again.mask, markup: again.params?.["markup"] as Blob | undefined };
      const drawn = files ?? (await drawing.toFiles().catch(() => undefined));
      // Painting may have begun again while the mask was encoded; its file is kept until it changes. Without a file, the
      // button says so.
      if (signal.aborted || drawn === undefined || waits()) return;
      // Offline, the code of the check may fail to load. Nothing is sent without it, and the next change checks again.
      await check({ ...params, image: images, ...drawn }).catch(() => undefined);
      if (signal.aborted) return;
      checkedDrawing.current = drawing;
      setChecked(inputs);
      effect.abort();
    };
    const postpone = () => {
      quietAt = performance.now() + ms;
    };
    if (isPainted)
      for (const name of inputEvents)
        addEventListener(name, postpone, { signal, capture: true, passive: true });
    waits();
    return () => {
      effect.abort();
      clearTimeout(timer);
    };
  }, [check, isPending, inputs]);
  return { problems, isCurrent: checked === inputs };
}
