import type { MarkupItem, MaskStroke } from "@retouch/react-hooks";
import { type EditFields, fieldsFor } from "./form/edit-fields.ts";
import type { ServerSession } from "./server-session.ts";
import type { DrawingKind } from "./stage/use-drawing.ts";

/** What was typed, chosen and drawn, but not sent. */
export interface Draft {
  /** The start of the server that the model was chosen at. */
  readonly start: string;
  readonly fields: EditFields;
  readonly composite: boolean;
  /** The version to make again. */
  readonly againId: string | undefined;
  readonly drawn: Drawn | undefined;
}

/** What is drawn on a version. */
export interface Drawn {
  readonly id: string;
  readonly kind: DrawingKind;
  readonly strokes: readonly MaskStroke[];
  readonly items: readonly MarkupItem[];
}

/** Of one tab: another one has a draft of its own. */
const key = "retouch-editor draft";

/** Returns the draft of the tab before it was reloaded. A server that was started again chooses the model. */
export function readDraft({ start, model, limitsLike }: ServerSession): Draft | undefined {
  try {
    const draft = JSON.parse(sessionStorage.getItem(key) ?? "") as Draft;
    const before = { ...draft.fields, limitsLike };
    return { ...draft, fields: fieldsFor(draft.start === start ? before.model : model, before) };
  } catch {
    return undefined; // there is none, or the browser stores nothing
  }
}

/** Stores the draft: without what is drawn if there is no space for that. */
export function storeDraft(draft: Draft): void {
  for (const stored of [draft, { ...draft, drawn: undefined }]) {
    try {
      sessionStorage.setItem(key, JSON.stringify(stored));
      return;
    } catch {
      // No space, or a browser that stores nothing.
    }
  }
}
