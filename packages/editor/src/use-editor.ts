import {
  indexedDbStorage,
  proxyTransport,
  type Step,
  useImageEdit,
  useMask,
  useViewport,
} from "@retouch/react-hooks";
import { useCallback, useMemo, useRef, useState } from "react";
import { useSay } from "./announcer.tsx";
import { type EditFields, type EditParameters, fieldsFor, paramsOf } from "./form/edit-fields.ts";
import { useOpenImage } from "./images/use-open-image.ts";
import type { ServerSession } from "./server-session.ts";
import { useImageSize } from "./stage/use-image-size.ts";
import type { View } from "./stage/view-switch.tsx";

/** Images, masks, prompts and edits survive a reload, in this browser only. */
const storage = indexedDbStorage("retouch-editor");
/** Without a mask. Larger images do not help any model; they only take longer to upload. */
const prepare = { maxEdgePx: 4096 };

/** What the next edit is made of. A new object whenever any of it changes. */
export interface EditInputs {
  readonly params: EditParameters;
  /** The first is edited, the others are references. */
  readonly images: readonly Blob[];
  /** The version to make again with its own image and mask. */
  readonly again: Step | undefined;
}

/** The state of the page: the session, the mask, the form, and what the next edit is made of. */
export function useEditor(server: ServerSession) {
  const say = useSay();
  const [fields, setFields] = useState<EditFields>(() =>
    fieldsFor(server.model, { previews: server.hasPreviews, limitsLike: server.limitsLike }),
  );
  const [transport] = useState(() => proxyTransport("/api/image-edit", { limitsLike: server.limitsLike }));
  const [composite, setComposite] = useState(true);
  const [view, setView] = useState<View>("mask");
  const [againId, setAgainId] = useState<string>();
  const [referenceIds, setReferenceIds] = useState<readonly string[]>([]);
  /** The strokes of the edit in progress: those painted since then are for the next one. */
  const sentStrokesRef = useRef<unknown>(undefined);

  const edit = useImageEdit({
    transport,
    storage,
    prepare,
    composite: composite || undefined, // an edit inside a mask keeps every pixel outside it, at full resolution
    concurrency: "queue",
    historyLimit: 100,
    onFinish: (_, steps) => {
      say(steps.length > 1 ? `${steps.length} edited images are here.` : "The edited image is here.");
      if (sentStrokesRef.current !== undefined && sentStrokesRef.current !== mask.strokes) return;
      mask.clear();
      setView("compare");
    },
    onPartial: ({ index }) => say(`Preview ${index + 1} of the edit`),
  });
  const { current, steps } = edit;
  const { size, onSize } = useImageSize(current);
  const mask = useMask({
    width: size?.width ?? 0,
    height: size?.height ?? 0,
    label: "Mask: mark the area to change with the arrows and Space",
  });
  const viewport = useViewport(size ?? unmeasured);

  const { clear } = mask;
  const onOpened = useCallback(() => {
    clear(); // the new image may have the same size as the old one
    setView("mask");
    setAgainId(undefined);
    say("The image is open.");
  }, [clear, say]);
  const { open, add, refused } = useOpenImage(edit, onOpened, (ids) =>
    setReferenceIds((before) => [...new Set([...before, ...ids])]),
  );

  const again = steps.find(({ id }) => id === againId);
  const references = useMemo(
    () =>
      steps.filter(({ id, blob }) => referenceIds.includes(id) && id !== current?.id && blob !== undefined),
    [steps, referenceIds, current?.id],
  );
  const inputs = useMemo<EditInputs>(() => {
    const sent = again?.inputIds ?? (again && [again.parentId ?? again.id]);
    const sources = sent?.map((one) => steps.find(({ id }) => id === one)) ?? [current, ...references];
    const images = sources.flatMap((step) => step?.blob ?? []);
    return { params: paramsOf(fields), images, again };
  }, [fields, current, references, again, steps]);

  return {
    ...{ edit, mask, viewport, size, onSize, view, setView },
    ...{ fields, setFields, composite, setComposite, inputs },
    ...{ open, add, refused, references, setReferenceIds },
    ...{ again, setAgainId, sentStrokesRef },
    before: steps.find(({ id }) => id === current?.parentId),
  };
}

export type Editor = ReturnType<typeof useEditor>;

/** The size of an image until the browser has loaded it. */
const unmeasured = { width: 1, height: 1 };
