import { useEffect, useRef } from "react";
import { type Draft, type Drawn, storeDraft } from "./draft.ts";
import type { ServerSession } from "./server-session.ts";
import type { Editor } from "./use-editor.ts";

/** When a page may be discarded without another event: on a phone, it is hidden before it is ended. */
const leaving = ["pagehide", "visibilitychange"] as const;

/**
 * Keeps what is typed, chosen and drawn over a reload of the tab. It is stored as the page is left, so that painting does
 * not wait for it. An edit that is on its way is not a draft: pressed again after the reload, it would be sent twice.
 */
export function useDraft(editor: Editor, { start }: ServerSession, isOnItsWay: boolean): void {
  const { restored, fields, composite, again, inputs, paints } = editor;
  const { size, setView, sentDrawingRef } = editor;
  const { strokes, add: addStroke } = editor.mask;
  const { items, add: addItem } = editor.markup;
  /** What was drawn before the reload, until its version is shown. */
  const waiting = useRef(restored?.drawn);
  useEffect(() => {
    const drawn = waiting.current;
    if (drawn === undefined || size?.id !== drawn.id) return;
    waiting.current = undefined;
    sentDrawingRef.current = drawn; // it stays when an edit from before the reload ends
    for (const stroke of drawn.strokes) addStroke(stroke);
    for (const item of drawn.items) addItem(item);
    setView(drawn.kind);
  }, [size, addStroke, addItem, setView, sentDrawingRef]);

  const newest = useRef<() => Draft>(undefined);
  useEffect(() => {
    newest.current = () => {
      const isDrawn = inputs.drawing.sends !== undefined && size !== undefined;
      const drawn: Drawn | undefined = isDrawn
        ? { id: size.id, kind: paints, strokes, items }
        : waiting.current;
      const unsent = isOnItsWay ? undefined : { againId: again?.id, drawn };
      return {
        ...{ start, composite, againId: undefined, drawn: undefined, ...unsent },
        fields: isOnItsWay ? { ...fields, prompt: "" } : fields,
      };
    };
  });
  useEffect(() => {
    const store = () => {
      if (newest.current !== undefined) storeDraft(newest.current());
    };
    for (const name of leaving) addEventListener(name, store, { capture: true });
    return () => {
      for (const name of leaving) removeEventListener(name, store, { capture: true });
    };
  }, []);
}
