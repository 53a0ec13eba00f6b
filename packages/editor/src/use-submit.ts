import { useRef, useState } from "react";
import { useSay } from "./announcer.tsx";
import type { Preflight } from "./form/use-preflight.ts";
import type { Editor } from "./use-editor.ts";

/** What the run button does, says, and waits for. */
export interface Submit {
  readonly submit: () => Promise<void>;
  /** Why the edit cannot be sent now. */
  readonly reason: string | undefined;
  /** What a queued edit does that a person may not expect. */
  readonly hint: string | undefined;
  readonly label: string;
}

/** Sends the edit once: a second press with the same inputs, while they are on their way, sends nothing. */
export function useSubmit(editor: Editor, preflight: Preflight, isOnline: boolean): Submit {
  const { edit, mask, inputs, again, setAgainId, sentStrokesRef } = editor;
  const say = useSay();
  const onItsWay = useRef<readonly unknown[]>(undefined);
  const [shownOnItsWay, show] = useState<readonly unknown[]>();
  const now = [inputs, mask.strokes];
  const isRepeated = edit.isPending && isSame(shownOnItsWay, now);
  const reason = isRepeated
    ? "This edit is on its way. Change it to queue another one."
    : reasonOf(editor, preflight, isOnline);
  const submit = async () => {
    if (reason !== undefined) {
      say(reason);
      if (inputs.params.prompt.trim() === "") document.getElementById("prompt")?.focus();
      return;
    }
    const sent = now;
    if (isSame(onItsWay.current, sent)) return;
    onItsWay.current = sent;
    show(sent);
    say(edit.isPending ? "The edit waits for the one before it." : "The image is being edited.");
    sentStrokesRef.current = again === undefined ? mask.strokes : undefined;
    const { params } = inputs;
    if (again !== undefined) {
      setAgainId(undefined);
      await edit.editAgain(again.id, params);
    } else {
      // While another edit is on its way, the image is its result: the session knows it when it is there.
      const [base, ...references] = inputs.images;
      const alone = edit.isPending ? {} : { image: base };
      const image = references.length === 0 ? alone : { image: inputs.images };
      await edit.edit({ ...params, ...image, mask: await mask.toMask() });
    }
    if (onItsWay.current === sent) onItsWay.current = undefined;
  };
  return {
    submit,
    reason,
    hint: queueHint(editor),
    label: edit.isPending && !isRepeated ? "Add to the queue" : "Edit the image",
  };
}

/** Returns what happens to an edit that waits for others, if it is not a plain edit of their result. */
function queueHint({ edit, mask, composite, references, again, size }: Editor): string | undefined {
  if (!edit.isPending || again !== undefined) return undefined;
  if (references.length > 0)
    return "With references, it edits the image shown here, not the result of the edit before it.";
  const before = edit.runs.findLast(({ status }) => !["success", "error", "canceled"].includes(status));
  const keepsSize = before?.mask !== undefined && composite;
  const isSameSize = before?.params["size"] === `${size?.width}x${size?.height}`;
  return mask.isEmpty || keepsSize || isSameSize
    ? undefined
    : "The edit before it may return another size. This mask would not fit then, and nothing would be sent.";
}

function reasonOf(
  { edit, inputs }: Editor,
  { problems, isCurrent }: Preflight,
  isOnline: boolean,
): string | undefined {
  if (edit.current === undefined) return "Open an image first.";
  if (inputs.params.prompt.trim() === "") return "Describe what should change first.";
  if (!isOnline) return "You are offline: it can be sent when you are online again.";
  const wrong = isCurrent && !edit.isPending && problems.some(({ severity }) => severity === "error");
  return wrong ? "Fix the problem shown here first. Nothing was sent." : undefined;
}

function isSame(a: readonly unknown[] | undefined, b: readonly unknown[]): boolean {
  return a?.every((value, index) => value === b[index]) === true;
}
