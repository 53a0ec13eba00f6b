import { indexedDbStorage, proxyTransport, type Step, useImageEdit, useViewport } from "@retouch/react-hooks";
import { useCallback, useMemo, useRef, useState } from "react";
import { useSay } from "./announcer.tsx";
import { readDraft } from "./draft.ts";
import { type EditFields, type EditParameters, fieldsFor, paramsOf } from "./form/edit-fields.ts";
import { useOpenImage } from "./images/use-open-image.ts";
import type { ServerSession } from "./server-session.ts";
import { type Drawing, type DrawingKind, useDrawing } from "./stage/use-drawing.ts";
import { useImageSize } from "./stage/use-image-size.ts";

/** Images, masks, prompts and edits survive a reload, in this browser only. */
const storage = indexedDbStorage("retouch-editor");
/** Without a mask. Larger images do not help any model; they only take longer to upload. */
const prepare = { maxEdgePx: 4096 };

/** What the next edit is made of. A new object whenever any of it changes. */
export interface EditInputs {
  readonly params: EditParameters;
  /** The first is edited, the others are references. */
  readonly images: readonly Blob[];
  readonly drawing: Drawing;
  /** What of it is sent; that of the version to make again, if there is one. */
  readonly sends: DrawingKind | undefined;
  /** The version to make again with its own image and mask. */
  readonly again: Step | undefined;
}

/** The state of the page: the session, the mask, the form, and what the next edit is made of. */
export function useEditor(server: ServerSession) {
  const say = useSay();
  const [restored] = useState(() => readDraft(server));
  const [fields, setFields] = useState<EditFields>(
    () => restored?.fields ?? fieldsFor(server.model, { limitsLike: server.limitsLike }),
  );
  const [transport] = useState(() => proxyTransport("/api/image-edit", { limitsLike: server.limitsLike }));
  const [composite, setComposite] = useState(restored?.composite ?? true);
  const [againId, setAgainId] = useState(restored?.againId);
  /** The drawing of the edit in progress: what was drawn since then is for the next one. */
  const sentDrawingRef = useRef<unknown>(undefined);

  const edit = useImageEdit({
    transport,
    storage,
    prepare,
    composite: composite || undefined, // an edit inside a mask keeps every pixel outside it, at full resolution
    concurrency: "queue",
    historyLimit: 100,
    onFinish: (_, steps) => {
      say(steps.length > 1 ? `${steps.length} edited images are here.` : "The edited image is here.");
      if (sentDrawingRef.current !== undefined && sentDrawingRef.current !== drawing) return;
      clear();
      setView("compare");
    },
    onPartial: ({ index }) => say(`Preview ${index + 1} of the edit`),
  });
  const { current, steps, references } = edit;
  const { size, onSize } = useImageSize(current);
  const { view, setView, paints, mask, markup, drawing, clear } = useDrawing(size);
  const viewport = useViewport(size ?? unmeasured);

  const onOpened = useCallback(() => {
    clear(); // the new image may have the same size as the old one
    setView("mask");
    setAgainId(undefined);
    say("The image is open.");
  }, [clear, setView, say]);
  const opening = useOpenImage(edit, onOpened);

  const again = steps.find(({ id }) => id === againId);
  const inputs = useMemo<EditInputs>(() => {
    const sent = again?.inputIds ?? (again && [again.parentId ?? again.id]);
    const sources = sent?.map((one) => steps.find(({ id }) => id === one)) ?? [
      current,
      ...references.filter((step) => step !== current),
    ];
    const images = sources.flatMap((step) => step?.blob ?? []);
    const sends = again === undefined ? drawing.sends : drawingOf(again);
    return { params: paramsOf(fields), images, drawing, sends, again };
  }, [fields, current, references, drawing, again, steps]);

  return {
    ...{ edit, mask, markup, viewport, size, onSize, view, setView, paints },
    ...{ restored, fields, setFields, composite, setComposite, inputs },
    ...opening,
    ...{ again, setAgainId, sentDrawingRef },
    before: steps.find(({ id }) => id === current?.parentId),
  };
}

export type Editor = ReturnType<typeof useEditor>;

/** Returns what of a drawing a version was made with. */
function drawingOf({ mask, params }: Step): DrawingKind | undefined {
  if (mask !== undefined) return "mask";
  return params?.["markup"] === undefined ? undefined : "markup";
}

/** The size of an image until the browser has loaded it. */
const unmeasured = { width: 1, height: 1 };
