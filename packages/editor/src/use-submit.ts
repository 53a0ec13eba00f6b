import { useRef, useState } from "react";
import { useSay } from "./announcer.tsx";
import type { Preflight } from "./form/use-preflight.ts";
import type { EditInputs, Editor } from "./use-editor.ts";

/** What the run button does, says, and waits for. */
export interface Submit {
  readonly submit: () => Promise<void>;
  /** Why the edit cannot be sent now. */
  readonly reason: string | undefined;
  /** What a queued edit does that a person may not expect. */
  readonly hint: string | undefined;
  readonly label: string;
  /** Whether the edit as it is now is being made. */
  readonly isOnItsWay: boolean;
}

/** An edit as it was when the button was pressed. */
type Pressed = Pick<Editor, "inputs" | "fields">;

/** Sends the edit once: a second press with the same inputs, while they are on their way, sends nothing. */
export function useSubmit(editor: Editor, preflight: Preflight, isOnline: boolean): Submit {
  const { edit, inputs, setAgainId, sentDrawingRef } = editor;
  const say = useSay();
  const onItsWay = useRef<EditInputs>(undefined);
  const [pressed, setPressed] = useState<Pressed>();
  /** What could not be encoded. */
  const [failed, setFailed] = useState<EditInputs>();
  const isOnItsWay = edit.isPending && pressed !== undefined && isSame(pressed, editor);
  const reason = isOnItsWay
    ? "This edit is on its way. Change it to queue another one."
    : reasonOf(editor, preflight, isOnline);
  const submit = async () => {
    if (reason !== undefined) {
      say(reason);
      if (inputs.params.prompt.trim() === "") document.getElementById("prompt")?.focus();
      return;
    }
    if (onItsWay.current === inputs) return;
    onItsWay.current = inputs;
    setPressed({ inputs, fields: editor.fields });
    setFailed(undefined);
    say(edit.isPending ? "The edit waits for the one before it." : "The image is being edited.");
    const { params, again, drawing } = inputs;
    sentDrawingRef.current = again === undefined ? drawing : undefined;
    if (again !== undefined) {
      setAgainId(undefined);
      await edit.editAgain(again.id, params);
    } else {
      // While another edit is on its way, the image is its result: the session knows it when it is there.
      const [image, ...references] = inputs.images;
      const base = edit.isPending ? {} : { image };
      const files = await drawing.toFiles().catch(() => undefined);
      if (files !== undefined) await edit.edit({ ...params, ...base, references, ...files });
      else {
        setFailed(inputs);
        say(notEncoded(inputs));
      }
    }
    if (onItsWay.current === inputs) onItsWay.current = undefined;
  };
  return {
    submit,
    reason,
    hint: failed === inputs ? notEncoded(inputs) : queueHint(editor),
    label: edit.isPending && !isOnItsWay ? "Add to the queue" : "Edit the image",
    isOnItsWay,
  };
}

/** Returns whether a press would send what is on its way. An edit that was made again leaves the form as it was. */
function isSame(pressed: Pressed, { inputs, fields }: Editor): boolean {
  const { again, drawing } = pressed.inputs;
  if (pressed.inputs === inputs) return true;
  return again !== undefined && !inputs.again && pressed.fields === fields && drawing === inputs.drawing;
}

/** A browser draws only images up to a size of its own, and the code for it may not have loaded. */
function notEncoded({ sends }: EditInputs): string {
  return `This browser could not make a file of the ${sends}. Nothing was sent: press the button again, or use a smaller image.`;
}

/** Returns what happens to an edit that waits for others, if it is not a plain edit of their result. */
function queueHint({ edit, inputs, composite, again, size }: Editor): string | undefined {
  if (!edit.isPending || again !== undefined || inputs.sends === undefined) return undefined;
  const before = edit.runs.findLast(({ status }) => !["success", "error", "canceled"].includes(status));
  const keepsSize = before?.mask !== undefined && composite;
  const isSameSize = before?.params["size"] === `${size?.width}x${size?.height}`;
  return keepsSize || isSameSize
    ? undefined
    : `The edit before it may return another size. This ${inputs.sends} would not fit then, and nothing would be sent.`;
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
